"""Input that once was a 500: each must be a message, a 400 or a 404."""

from urllib.parse import quote

import pytest
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory

from accounts.models import ClinicProfile, User
from portal.wsgi import application, only_utf8
from tests.factories import ArticleFactory, PatientFactory
from tests.mails import deliver, mailed_path


def client_of(user=None) -> Client:
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_theme_with_a_word_as_the_next_page(db):
    assert client_of().post("/theme/", {"theme": "dark", "next": "xyz"}).status_code == 302


@pytest.mark.parametrize(
    ("charset", "refused"),
    [("base64", True), ("idna", True), ("undefined", True), ("unicode_escape", True),
     ("*", True), ("\x00", True), ("é", True), ("UTF-8", False), ('"utf-8"', False)],
)  # fmt: skip
def test_a_charset_that_is_none_for_pages(charset, refused):
    """Asked at the door: Django decodes before any middleware."""
    environ = RequestFactory().get("/help/").environ
    environ["CONTENT_TYPE"] = f"application/x-www-form-urlencoded; charset={charset}"
    if charset == "*":
        environ["CONTENT_TYPE"] = "text/plain; charset*=bogus'en'x"
    let_in = []
    guarded = only_utf8(lambda environ, start_response: let_in.append(environ) or [])
    lines = []
    list(guarded(environ, lambda line, headers: lines.append(line)))
    assert (lines, len(let_in)) == ((["400 Bad Request"], 0) if refused else ([], 1))


def test_the_served_application_stands_behind_that_door():
    environ = RequestFactory().get("/help/").environ
    environ["CONTENT_TYPE"] = "text/plain; charset=base64"
    lines = []
    list(application(environ, lambda line, headers: lines.append(line)))
    assert lines == ["400 Bad Request"]


def test_a_nul_in_the_session_cookie(db):
    cookie = 'sessionid="aaaaaaaaaa\\000"'
    assert client_of().get("/account/login/", HTTP_COOKIE=cookie).status_code < 500


@pytest.mark.parametrize(
    "query",
    ["name__regex=(", "date_joined__year=99999", "q=" + "a+" * 1000, "date_joined__gt=x"],
)
def test_people_list(administrator, query):
    assert client_of(administrator).get(f"/admin/accounts/user/?{query}").status_code < 500


@pytest.mark.parametrize("path", ["articles/article", "articles/edition", "glossary/term"])
def test_a_search_of_a_thousand_words(editor, path):
    assert client_of(editor).get(f"/admin/{path}/?q=" + "a+" * 1000).status_code < 500


def test_an_autocomplete_of_a_thousand_words(editor):
    response = client_of(editor).get(
        "/admin/autocomplete/",
        {
            "app_label": "glossary",
            "model_name": "term",
            "field_name": "see_also",
            "term": "a " * 1000,
        },
    )
    assert response.status_code < 500


@pytest.mark.parametrize(
    "codes",
    ["[" * 100_000, "1" * 5000, '{"a": "\\ud800"}', '{"a": "\\u0000"}'],
    ids=["deep", "digits", "surrogate", "nul"],
)
def test_codes_that_are_hardly_json(editor, codes):
    client, article = client_of(editor), ArticleFactory()
    url = f"/admin/articles/article/{article.pk}/change/"
    facts = {"title": "T", "slug": "t", "summary": "s", "codes": codes}
    rows = {"prompts-TOTAL_FORMS": 0, "prompts-INITIAL_FORMS": 0}
    assert client.post(url, facts | rows).status_code == 200
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    "email", ["x@" + "ü" * 60 + ".org", "a" * 60 + "@" + "İ" * 60 + "." + "b" * 60 + ".org"]
)
def test_inviting_an_address_that_no_mail_reaches(clinician, email):
    response = client_of(clinician).post("/people/invite/", {"name": "X", "email": email})
    assert response.status_code < 500


def test_a_clinic_name_of_two_lines_stops_no_invitation(clinician):
    ClinicProfile.objects.create(name="Lake\nside")
    response = client_of(clinician).post("/people/invite/", {"name": "X", "email": "n@example.org"})
    assert response.status_code == 302


@pytest.mark.parametrize("known", [True, False])
def test_password_reset_while_the_mail_server_is_down(patient, monkeypatch, known):
    """And a 500 for known addresses only would tell which are known."""

    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    email = patient.email if known else "nobody@example.org"
    assert client_of().post("/account/password/reset/", {"email": email}).status_code == 302


def test_confirming_an_address_that_somebody_else_has_by_now(patient, signed_in):
    client = signed_in(patient)
    client.post("/account/email/", {"email": "later@example.org", "action_add": "1"})
    path = mailed_path(deliver()[-1], "/account/confirm")
    PatientFactory(email="later@example.org")
    client.get(path)
    assert client.post(path).status_code < 500
    assert User.objects.filter(email="later@example.org").count() == 1


def test_the_admins_shortcut_with_a_nul(editor):
    sessions = ContentType.objects.get_for_model(Session).pk
    path = f"/admin/r/{sessions}/{quote(chr(0))}abc/"
    assert client_of(editor).get(path).status_code == 404


@pytest.mark.parametrize("thing", ["night", "reflection"])
def test_sharing_what_another_tab_has_just_deleted(patient, monkeypatch, thing):
    from education.journal.models import Night, Reflection

    if thing == "night":
        row = Night.objects.create(patient=patient, diary_date="2026-11-20", zone="UTC", quality=3)
    else:
        row = Reflection.objects.create(patient=patient, on="2026-11-20", text="Mine.")
    model, save = type(row), type(row).save
    client = client_of(patient)

    def late(self, *args, **kwargs):
        model.objects.filter(pk=self.pk).delete()
        save(self, *args, **kwargs)

    monkeypatch.setattr(model, "save", late)
    path = row.get_absolute_url() + "share/"
    response = client.post(path, {"numbers": "share", "words": "share"})
    assert response.status_code < 500
