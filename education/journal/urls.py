"""Addresses of the journal, all of them the patient's own."""

from django.urls import path

from . import converters as converters
from . import views

app_name = "journal"

urlpatterns = [
    path("", views.index, name="index"),
    path("nights/new/", views.night_new, name="night_new"),
    path("nights/<diarydate:diary_date>/", views.night, name="night"),
    path("nights/<diarydate:diary_date>/delete/", views.night_delete, name="night_delete"),
    path("nights/<diarydate:diary_date>/share/", views.night_share, name="night_share"),
    path("reflections/new/", views.reflection_new, name="reflection_new"),
    path("reflections/<uuid:public_id>/", views.reflection, name="reflection"),
    path("reflections/<uuid:public_id>/delete/", views.reflection_delete, name="reflection_delete"),
    path("reflections/<uuid:public_id>/share/", views.reflection_share, name="reflection_share"),
]
