"""Addresses of the journal, all of them the patient's own."""

from django.urls import path

from . import converters as converters
from .views import (
    data,
    drafts,
    erasing,
    how,
    nights,
    pictures,
    reflections,
    report,
    search,
    sharing,
    timeline,
)

app_name = "journal"

urlpatterns = [
    path("", timeline.index, name="index"),
    path("how-we-calculate/", how.how, name="how"),
    path("drafts/", drafts.draft, name="draft"),
    path("nights/", pictures.nights, name="nights"),
    path("nights/new/", nights.night_new, name="night_new"),
    path("nights/<diarydate:diary_date>/", nights.night, name="night"),
    path("nights/<diarydate:diary_date>/delete/", nights.night_delete, name="night_delete"),
    path("nights/<diarydate:diary_date>/share/", sharing.night_share, name="night_share"),
    path("search/", search.find, name="search"),
    path("data/", data.data, name="data"),
    path("export/journal.json", data.export_json, name="export_json"),
    path("export/nights.csv", data.export_nights, name="export_nights"),
    path("export/reflections.csv", data.export_reflections, name="export_reflections"),
    path("delete/", erasing.delete_all, name="delete_all"),
    path("import/", data.import_nights, name="import"),
    path("import/<str:token>/undo/", data.import_undo, name="import_undo"),
    path("report/", report.report, name="report"),
    path("sharing/", sharing.sharing, name="sharing"),
    path("sharing/last-nights/", sharing.share_nights, name="share_nights"),
    path("sharing/stop/", sharing.stop_sharing, name="stop_sharing"),
    path("sharing/undo/", sharing.undo_sharing, name="undo_sharing"),
    path("reflections/new/", reflections.reflection_new, name="reflection_new"),
    path("reflections/<uuid:public_id>/", reflections.reflection, name="reflection"),
    path(
        "reflections/<uuid:public_id>/delete/",
        reflections.reflection_delete,
        name="reflection_delete",
    ),
    path("reflections/<uuid:public_id>/share/", sharing.reflection_share, name="reflection_share"),
]
