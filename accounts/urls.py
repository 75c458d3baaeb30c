from django.urls import include, path

from . import views
from .invite_many.views import invite_many
from .sessions.views import end_session, standing

app_name = "accounts"

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("", include("accounts.privacy.urls")),
    path("profile/opened/", views.access_record, name="access_record"),
    path("session/", standing, name="session"),
    path("profile/sessions/end/", end_session, name="end_session"),
    path("theme/", views.theme, name="theme"),
    path("clinic.css", views.clinic_css, name="clinic_css"),
    path("people/invitations/", views.invitations, name="invitations"),
    path("people/invite/", views.invite, name="invite"),
    path("people/invite/many/", invite_many, name="invite_many"),
    path("people/<uuid:public_id>/invite-again/", views.invite_again, name="invite_again"),
    path("people/<uuid:public_id>/revoke/", views.revoke, name="revoke"),
    path("mails/stop/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("invitation/<str:token>/", views.accept_invitation, name="accept_invitation"),
]
