from django.urls import path

from .views import (
    assigning,
    bulk,
    caseload,
    changing,
    diary,
    patient,
    questions,
    teach_back,
    team,
    today,
    visit,
    visits,
)

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
    # The patient's questions
    path("questions/", questions.questions, name="questions"),
    path("questions/new/", questions.question_new, name="question_new"),
    path("questions/settled/", questions.questions_settled, name="questions_settled"),
    path("questions/<uuid:public_id>/", questions.question, name="question"),
    path(
        "questions/<uuid:public_id>/for-visit/",
        questions.question_for_visit,
        name="question_for_visit",
    ),
    path("questions/<uuid:public_id>/move/", questions.question_move, name="question_move"),
    path("questions/<uuid:public_id>/settle/", questions.question_settle, name="question_settle"),
    path("questions/<uuid:public_id>/reopen/", questions.question_reopen, name="question_reopen"),
    path("questions/<uuid:public_id>/delete/", questions.question_delete, name="question_delete"),
    # The visit: the patient's, the clinician's, and the page of both
    path("visit/", visit.visit, name="visit"),
    path("visit/date/", visit.visit_date, name="visit_date"),
    path("visit/before/", visit.visits_past, name="visits_past"),
    path("visits/", visits.visits, name="visits"),
    path("visits/<uuid:public_id>/", visits.visit_page, name="visit_page"),
    path("visits/<uuid:public_id>/approve/", visit.visit_approve, name="visit_approve"),
    path("visits/<uuid:public_id>/take-back/", visit.visit_take_back, name="visit_take_back"),
    path("visits/<uuid:public_id>/took-place/", visit.visit_took_place, name="visit_took_place"),
    path("visits/<uuid:public_id>/call-off/", visits.visit_call_off, name="visit_call_off"),
    path("visits/<uuid:public_id>/after/", visits.visit_after, name="visit_after"),
    path("visits/<uuid:public_id>/open-again/", visits.visit_open_again, name="visit_open_again"),
    path("patients/<uuid:public_id>/visit/", visits.patient_visit, name="patient_visit"),
    # What was explained
    path("visit/explained/", teach_back.explained, name="explained"),
    path(
        "patients/<uuid:public_id>/teach-back/<slug:slug>/",
        teach_back.teach_back_new,
        name="teach_back_new",
    ),
    path("teach-backs/<uuid:public_id>/", teach_back.teach_back, name="teach_back"),
    path("teach-backs/<uuid:public_id>/undo/", teach_back.teach_back_undo, name="teach_back_undo"),
]
