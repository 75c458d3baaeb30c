"""Writing a programme: adding, moving and taking out steps, saving, and what goes wrong."""

import uuid

import pytest
from django.urls import reverse

from education.articles.models import Level
from education.reading.models import Programme

from .programme_pages import (
    NEW,
    edit_of,
    filled,
    many_published,
    page_of,
    programme,
    published,
    shown,
    steps_of,
    withdraw_level,
)

PLAIN, MIDDLE = Level.FUNDAMENTALS, Level.INTERMEDIATE


@pytest.fixture
def client(signed_in, clinician):
    return signed_in(clinician)


@pytest.fixture
def shelf(db):
    return published("Light"), published("Dark", MIDDLE), published("Tea")


LIGHT, DARK, TEA = ("light", PLAIN, "7"), ("dark", MIDDLE, "14"), ("tea", PLAIN, "21")


def press(client, button, *steps, url=NEW, **more):
    return client.post(url, filled(*steps, **{"do": button, **more}))


# --- New --------------------------------------------------------------------------------------


def test_a_programme_is_made_from_articles_one_after_the_other(client, clinician, shelf):
    page = client.get(NEW)
    assert "No steps yet" in page.content.decode()
    page = press(client, "add", pick="dark", name="Nights", description="For new patients.")
    assert shown(page) == [("dark", MIDDLE, "7")]
    page = press(client, "add", *shown(page), pick="light", name="Nights")
    assert shown(page) == [("dark", MIDDLE, "7"), ("light", PLAIN, "14")]
    assert "“Light” is the last step now." in page.content.decode()
    assert not Programme.objects.exists(), "nothing is stored before Save"
    saved = client.post(NEW, filled(*shown(page), name=" Nights  and days"), follow=True)
    made = Programme.objects.get()
    assert saved.redirect_chain == [(page_of(made), 302)]
    assert "is ready to assign" in saved.content.decode()
    assert (made.name, made.created_by, made.updated_by) == (
        "Nights and days",
        clinician,
        clinician,
    )
    assert steps_of(made) == [("dark", MIDDLE, 7), ("light", PLAIN, 14)]


@pytest.mark.once
def test_what_is_typed_stays_while_steps_are_moved(client, shelf):
    page = press(client, "down:0", LIGHT, ("dark", MIDDLE, "x"), name="N", description="Typed.")
    assert shown(page) == [("dark", MIDDLE, "7"), ("light", PLAIN, "x")]
    assert 'value="N"' in page.content.decode() and "Typed." in page.content.decode()
    assert "error-summary" not in page.content.decode(), "nothing is checked before Save"


@pytest.mark.once
def test_the_days_stay_in_their_places_when_a_step_moves(client, shelf):
    page = press(client, "up:2", LIGHT, DARK, TEA)
    assert shown(page) == [("light", PLAIN, "7"), ("tea", PLAIN, "14"), ("dark", MIDDLE, "21")]
    assert "“Tea” is step 2 of 3 now." in page.content.decode()
    page = press(client, "up:1", *shown(page))
    assert [slug for slug, *_rest in shown(page)] == ["tea", "light", "dark"]
    # At the top there is no further up: the focus goes to the other button.
    assert page.context["done"].control == "down"


@pytest.mark.once
def test_a_step_is_taken_out_and_put_back_where_it_was(client, shelf):
    page = press(client, "remove:1", LIGHT, DARK, TEA)
    assert shown(page) == [LIGHT, TEA]
    back = page.context["done"].put_back
    assert f'value="{back}" autofocus' in page.content.decode()
    assert shown(press(client, back, *shown(page))) == [LIGHT, DARK, TEA]


def test_an_article_that_is_in_it_is_not_offered_again(client, shelf):
    page = press(client, "add", LIGHT, pick="light")
    assert shown(page) == [LIGHT]
    assert "in the programme already" in page.content.decode()
    assert [article.slug for article in page.context["addable"]] == ["dark", "tea"]


def test_a_chosen_article_that_was_not_added_is_not_lost(client, shelf):
    page = client.post(NEW, filled(LIGHT, pick="tea"))
    assert shown(page) == [LIGHT, ("tea", PLAIN, "14")]
    assert "without adding it" in page.content.decode()
    assert not Programme.objects.exists()


def test_a_double_click_makes_one_programme(client, shelf):
    form = filled(LIGHT, new_id=str(uuid.uuid4()))
    first, second = client.post(NEW, form), client.post(NEW, form)
    made = Programme.objects.get()
    assert first["Location"] == second["Location"] == page_of(made)
    # The same form with another name is another programme, not a click that is swallowed.
    client.post(NEW, {**form, "name": "Another"})
    assert Programme.objects.count() == 2


# --- What is wrong ----------------------------------------------------------------------------


MISTAKES = [
    ([], "Add at least one article."),
    ([("light", PLAIN, "")], "Say by which day after the start"),
    ([("light", PLAIN, "soon")], "Type the day as a number"),
    ([("light", PLAIN, "-1")], "Day 0 is the first day there is."),
    ([("light", PLAIN, "731")], "Two years, day 730, is the longest."),
    ([("light", PLAIN, "9" * 20)], "Two years, day 730, is the longest."),
    ([("light", "", "7")], "Choose a level."),
    ([("light", MIDDLE, "7")], "This level is not published any more."),
    ([LIGHT, ("light", PLAIN, "8")], "This article is in the programme already."),
    (
        [("light", PLAIN, "14"), ("tea", PLAIN, "7")],
        "The step before this one is due on day 14.",
    ),
    ([("no-such", PLAIN, "7"), LIGHT], "is not in the library any more"),
]


@pytest.mark.once
def test_mistakes_are_said_beside_the_step_and_nothing_is_saved(client, shelf):
    for steps, words in MISTAKES:
        page = client.post(NEW, filled(*steps)).content.decode()
        assert words in page
        assert "error-summary" in page
    assert not Programme.objects.exists()


def test_a_field_with_a_mistake_says_so_to_a_screen_reader(client, shelf):
    page = client.post(NEW, filled(("light", PLAIN, ""))).content.decode()
    assert 'aria-describedby="days-help id_step-0-days_error"' in page
    assert 'id="id_step-0-days_error"' in page
    assert 'href="#id_step-0-days"' in page


def test_a_programme_needs_a_name_that_can_be_kept(client, shelf):
    for name in ("", "   ", "x" * 121, "a\x00b"):
        page = client.post(NEW, filled(LIGHT, name=name))
        assert page.context["form"].errors["name"]
        assert shown(page) == [LIGHT]


def test_a_name_is_in_use_once(client, shelf):
    programme((shelf[0], PLAIN, 7), name="Nights")
    page = client.post(NEW, filled(LIGHT, name="NIGHTS"))
    assert "There is a programme in use with this name already." in page.content.decode()


def test_at_most_thirty_steps(client):
    many_published(31)
    steps = [(f"light-{number}", PLAIN, "7") for number in range(31)]
    page = client.post(NEW, filled(*steps)).content.decode()
    assert "A programme has at most 30 steps." in page
    page = press(client, "add", *steps[:30], pick="light-30")
    assert len(shown(page)) == 30
    assert not page.context["addable"] or page.context["is_full"]


BUTTONS = [
    "up:0", "down:99", "up:-1", "remove:", "put-back:::", "put-back:9:x:y:no", "nonsense",
    "put-back:\x00:\x00:\x00:tea", "up:²", "x" * 9000, "",
]  # fmt: skip


def test_no_button_breaks_the_form(client, shelf):
    more = {"pick": "\x00" * 200, "new_id": "nope", "step-0-extra": "x", "version": "\x00"}
    for button in BUTTONS:
        answer = press(client, button, ("light", "\x00", "\x00"), **more)
        assert answer.status_code == 200, button[:50]


# --- Editing ----------------------------------------------------------------------------------


@pytest.fixture
def made(shelf):
    return programme((shelf[0], PLAIN, 7), (shelf[1], MIDDLE, 14))


def version(client, made):
    return client.get(edit_of(made)).context["form"].initial["version"]


def test_editing_replaces_the_steps(client, clinician, made):
    page = client.get(edit_of(made))
    assert shown(page) == [LIGHT, DARK]
    form = filled(("dark", MIDDLE, "3"), TEA, name="Later weeks", version=version(client, made))
    response = client.post(edit_of(made), form, follow=True)
    assert "What was assigned before stays as it is." in response.content.decode()
    made.refresh_from_db()
    assert made.name == "Later weeks" and made.updated_by == clinician
    assert steps_of(made) == [("dark", MIDDLE, 3), ("tea", PLAIN, 21)]


def test_nobody_overwrites_unseen_what_a_colleague_has_saved(
    client, signed_in, other_clinician, made
):
    opened = version(client, made)
    signed_in(other_clinician).post(edit_of(made), filled(TEA, name="Theirs", version=opened))
    page = client.post(edit_of(made), filled(LIGHT, name="Mine", version=opened))
    text = page.content.decode()
    assert "Somebody else saved this after you opened it" in text
    assert "What is saved now" in text and "Theirs" in text and "Tea · Fundamentals" in text
    assert f"Saved by {other_clinician.name}" in text
    assert 'value="Mine"' in text and shown(page) == [LIGHT]
    assert steps_of(made) == [("tea", PLAIN, 21)]
    # Saving again is a decision.
    again = filled(LIGHT, name="Mine", version=page.context["form"]["version"].value())
    client.post(edit_of(made), again)
    assert steps_of(made) == [("light", PLAIN, 7)]


@pytest.mark.once
def test_moving_steps_keeps_the_version_that_was_opened(client, made):
    opened = version(client, made)
    Programme.objects.get(pk=made.pk).save()
    page = press(client, "down:0", LIGHT, DARK, url=edit_of(made), version=opened)
    assert page.context["form"]["version"].value() == opened


def test_a_level_that_is_gone_can_stay_in_a_programme(client, made, shelf):
    withdraw_level(shelf[1], MIDDLE)
    page = client.get(edit_of(made))
    assert "Intermediate · not published any more" in page.content.decode()
    client.post(edit_of(made), filled(LIGHT, DARK, version=version(client, made)))
    assert steps_of(made) == [("light", PLAIN, 7), ("dark", MIDDLE, 14)]


def test_a_programme_that_is_put_away_can_be_edited_and_stays_away(client, made):
    client.post(reverse("programmes:put_away", args=[made.public_id]))
    programme((made.steps.first().article, PLAIN, 7), name="first weeks")
    client.post(edit_of(made), filled(TEA, version=version(client, made)))
    made.refresh_from_db()
    assert steps_of(made) == [("tea", PLAIN, 21)] and made.put_away_at


@pytest.mark.once
@pytest.mark.parametrize("many", [1, 30])
def test_queries_of_the_form_do_not_grow(client, django_assert_num_queries, many):
    made = programme(*((article, PLAIN, 7) for article in many_published(many)))
    client.get(edit_of(made))
    # Two of them are the transaction's.
    with django_assert_num_queries(9):
        client.get(edit_of(made))
