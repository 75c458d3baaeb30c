from django.urls import path

from .views import assigning, bulk, caseload, changing, diary, patient, questions, team, today

app_name = "care"

urlpatterns = [
    path("today/", today.today, name="today"),
    path("caseload/", caseload.caseload, name="caseload"),
    path("caseload/assign/", bulk.bulk, name="bulk"),
    # One patient
    path("patients/<uuid:public_id>/", patient.patient, name="patient"),
    path("patients/<uuid:public_id>/diary/", diary.patient_diary, name="patient_diary"),
    path("patients/<uuid:public_id>/assign/", assigning.choose, name="assign"),
    path(
        "patients/<uuid:public_id>/assign/programme/<uuid:programme_id>/",
        assigning.assign_programme,
        name="assign_programme",
    ),
    path(
        "patients/<uuid:public_id>/assign/<slug:slug>/",
        assigning.assign_article,
        name="assign_article",
    ),
    path("patients/<uuid:public_id>/team/", team.team, name="team"),
    path("patients/<uuid:public_id>/team/hand-over/", team.hand_over, name="hand_over"),
    path("patients/<uuid:public_id>/team/end/", team.end, name="end_care"),
    path(
        "patients/<uuid:public_id>/team/<uuid:colleague_id>/undo/",
        team.undo_share,
        name="undo_share",
    ),
    # What is assigned
    path("assignments/undo/<uuid:batch>/", assigning.undo, name="undo_assign"),
    path("assignments/<uuid:public_id>/", changing.assignment, name="assignment"),
    path("assignments/<uuid:public_id>/withdraw/", changing.withdraw, name="withdraw"),
    path("assignments/<uuid:public_id>/restore/", changing.restore, name="restore"),
    # The patient's questions for the visit
    path("questions/", questions.questions, name="questions"),
    path("questions/new/", questions.question_new, name="question_new"),
    path("questions/<uuid:public_id>/", questions.question, name="question"),
    path("questions/<uuid:public_id>/delete/", questions.question_delete, name="question_delete"),
]
