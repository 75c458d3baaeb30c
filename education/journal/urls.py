"""Addresses of the journal, all of them the patient's own."""

from django.urls import path

from . import converters as converters
from .views import nights, reflections, sharing, timeline

app_name = "journal"

urlpatterns = [
    path("", timeline.index, name="index"),
    path("nights/new/", nights.night_new, name="night_new"),
    path("nights/<diarydate:diary_date>/", nights.night, name="night"),
    path("nights/<diarydate:diary_date>/delete/", nights.night_delete, name="night_delete"),
    path("nights/<diarydate:diary_date>/share/", sharing.night_share, name="night_share"),
    path("reflections/new/", reflections.reflection_new, name="reflection_new"),
    path("reflections/<uuid:public_id>/", reflections.reflection, name="reflection"),
    path(
        "reflections/<uuid:public_id>/delete/",
        reflections.reflection_delete,
        name="reflection_delete",
    ),
    path("reflections/<uuid:public_id>/share/", sharing.reflection_share, name="reflection_share"),
]
