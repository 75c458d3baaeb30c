from django.urls import path

from .views import assigning, caseload, patient, today

app_name = "care"

urlpatterns = [
    path("today/", today.today, name="today"),
    path("caseload/", caseload.caseload, name="caseload"),
    path("patients/<uuid:public_id>/", patient.patient, name="patient"),
    path("patients/<uuid:public_id>/assign/", assigning.assign, name="assign"),
    path("assignments/<uuid:public_id>/withdraw/", assigning.withdraw, name="withdraw"),
    path("assignments/<uuid:public_id>/restore/", assigning.restore, name="restore"),
]
