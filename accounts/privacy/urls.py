"""Addresses of the patient's rights; they are among those of `accounts`."""

from django.urls import path

from . import views

urlpatterns = [
    path("profile/data/", views.your_data, name="your_data"),
    path("profile/data/everything.zip", views.download, name="download"),
    path("profile/close/", views.close, name="close"),
    path("consent/", views.consent, name="consent"),
    path("privacy/", views.privacy, name="privacy"),
]
