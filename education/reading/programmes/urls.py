from django.urls import path

from . import views

app_name = "programmes"

urlpatterns = [
    path("", views.programmes, name="index"),
    path("new/", views.new, name="new"),
    path("<uuid:public_id>/", views.programme, name="programme"),
    path("<uuid:public_id>/edit/", views.edit, name="edit"),
    path("<uuid:public_id>/put-away/", views.put_away, name="put_away"),
    path("<uuid:public_id>/bring-back/", views.bring_back, name="bring_back"),
]
