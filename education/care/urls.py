from django.urls import path

from . import views

app_name = "care"

urlpatterns = [
    path("today/", views.today, name="today"),
    path("caseload/", views.caseload, name="caseload"),
    path("patients/<uuid:public_id>/", views.patient, name="patient"),
    path("patients/<uuid:public_id>/assign/", views.assign, name="assign"),
    path("assignments/<uuid:public_id>/withdraw/", views.withdraw, name="withdraw"),
    path("assignments/<uuid:public_id>/restore/", views.restore, name="restore"),
]
