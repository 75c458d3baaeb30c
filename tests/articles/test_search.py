"""The search: what it finds and in which order, the same on both databases, whatever is typed."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import access_triggers
from education.articles import immutability, search
from education.articles.models import Article, Edition, Level, SearchText, State
from education.articles.search import database, words
from education.articles.search.index import matches, tsquery
from education.articles.search.query import Labels, read
from education.glossary.models import GlossaryVersion
from tests.factories import (
    AliasFactory,
    ArticleFactory,
    EditionFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    ReviewerFactory,
    TermFactory,
    TopicFactory,
)

NO_LABELS = Labels()


def publish(title, body, level=Level.FUNDAMENTALS, summary="What it is about."):
    return PublishedEditionFactory(
        article__title=title, article__summary=summary, level=level, body=body
    )


@pytest.fixture
def library(db):
    """A small library; the names of the articles are what the table below expects."""
    ReferenceFactory(key="a-2020")
    publish("Night shifts", [("Light", "<p>Bright light moves your body clock.</p>")])
    publish(
        "Estrogen",
        "<p>Estradiol is low after menopause. Estradiol helps bones. The estradiol patch.</p>",
        summary="A hormone at the café of the body.",
    )
    publish(
        "Inflammation",
        [
            ("Messengers", "<p>TNF-α and interleukin-6 rise. Testosterone falls.</p>"),
            ("Nights", "<p>Poor sleep and short nights [@a-2020].</p>"),
        ],
    )
    publish("Morning", "<p>The CAR is a rise in cortisol. StAR carries cholesterol.</p>")
    publish("Driving", "<p>A car at night, and a star above. Studies of tired drivers.</p>")
    publish("Sleep", "<p>Rest.</p>", summary="Nothing else.")
    publish("Rest", "<p>Short.</p>", summary="Good sleep for all.")
    estradiol = TermFactory(name="estradiol", slug="estradiol")
    AliasFactory(term=estradiol, text="oestradiol")
    car = TermFactory(name="cortisol awakening response", slug="car")
    AliasFactory(term=car, text="CAR", match_case=True)
    AliasFactory(term=TermFactory(name="TNF-α", slug="tnf"), text="TNF-alpha")
    TermFactory(name="testosterone", slug="testosterone")


def found(user, text, **filters):
    articles = Article.objects.in_bulk()
    return [articles[one.article_id].title for one in search.find(user, text, **filters)]


# One table for both databases: tests run on either.
FINDS = [
    # title before summary, headings and text
    ("sleep", ["Sleep", "Rest", "Inflammation"]),
    ("nights", ["Night shifts", "Inflammation", "Driving"]),
    ("light", ["Night shifts"]),
    # endings, case and accents
    ("STUDY", ["Driving"]),
    ("cafe", ["Estrogen"]),
    ("café", ["Estrogen"]),
    ("cafe\u0301", ["Estrogen"]),
    # beginnings of words, where nothing has the whole word
    ("testost", ["Inflammation"]),
    ("menop patc", ["Estrogen"]),
    ("tes", []),
    # names of terms
    ("oestradiol", ["Estrogen"]),
    ("œstradiol", ["Estrogen"]),
    ("Oestradiol bones", ["Estrogen"]),
    ("cortisol awakening response", ["Morning"]),
    ("TNF-alpha", ["Inflammation"]),
    ("TNF-α", ["Inflammation"]),
    ("tnf α", ["Inflammation"]),
    ("α", ["Inflammation"]),
    # whole words, as typed
    ("star", ["Driving", "Morning"]),
    # phrases and what is not wanted
    ('"poor sleep"', ["Inflammation"]),
    ('"sleep poor"', []),
    ("“poor sleep”", ["Inflammation"]),
    ('"oestradiol"', []),
    ("sleep -poor", ["Sleep", "Rest"]),
    ("sleep -zzz", ["Sleep", "Rest", "Inflammation"]),
    ("-sleep", []),
    # no phrase reaches from one field or section into the next
    ('"falls poor"', []),
    ('"testosterone falls"', ["Inflammation"]),
    ('"sleep nothing"', []),
    # questions
    ("what is the estradiol patch?", ["Estrogen"]),
    ("light/bright", ["Night shifts"]),
    # any of the words, where nothing has all
    ("menopause zzzz", ["Estrogen"]),
    # nothing to look for
    ("???", []),
    ("", []),
    ("zzzz", []),
]


def test_what_is_found(library, patient):
    assert {text: sorted(found(patient, text)) for text, _ in FINDS} == {
        text: sorted(titles) for text, titles in FINDS
    }
    for text in ("sleep", "sleep -poor", "sleep -zzz"):
        assert found(patient, text) == dict(FINDS)[text]


def test_only_common_words_are_looked_for_where_there_is_nothing_else(library, patient):
    assert set(found(patient, "the")) == {"Estrogen", "Morning"}
    assert found(patient, "the patch") == ["Estrogen"]


def test_of_two_alike_the_one_that_says_it_more_often_comes_first(patient):
    publish("A", "<p>Melatonin once, and much that is about something else altogether.</p>")
    publish("B", "<p>Melatonin, melatonin, melatonin and again melatonin. Melatonin it is.</p>")
    publish("C", [("Melatonin", "<p>Nothing.</p>")])
    assert found(patient, "melatonin") == ["C", "B", "A"]


def test_a_new_alias_works_at_once(library, patient):
    assert found(patient, "E2") == []
    term = TermFactory(name="estradiol 2", slug="e2")
    AliasFactory(term=term, text="estradiol patch")
    AliasFactory(term=term, text="E2", match_case=True)
    assert found(patient, "E2") == ["Estrogen"]
    term.delete()
    assert found(patient, "E2") == []


def test_labels_are_not_those_of_another_glossary(patient):
    """A restored glossary may come to the same version with other words."""
    publish("A", "<p>Something about bones.</p>")
    term = TermFactory(name="skeleton", slug="skeleton")
    AliasFactory(term=term, text="bones")
    version = GlossaryVersion.current()
    assert found(patient, "skeleton") == ["A"]
    term.delete()
    TermFactory(name="other", slug="other")
    GlossaryVersion.objects.update(number=version)
    assert found(patient, "skeleton") == []


# --- Levels, filters, rights ------------------------------------------------------------------


def test_levels_that_answer_lead_to_their_section(patient):
    parts = [("", "<p>An opening.</p>"), ("Clocks", "<p>Light sets the clock each day.</p>")]
    plain = publish("Night", parts)
    deep = PublishedEditionFactory(article=plain.article, level=Level.ACADEMIC, body=parts)
    PublishedEditionFactory(article=plain.article, level=Level.INTERMEDIATE)
    (one,) = search.find(patient, "light clock")
    assert [(hit.edition_id, hit.level, hit.key, hit.heading) for hit in one.hits] == [
        (plain.pk, Level.FUNDAMENTALS, "part-1", "Clocks"),
        (deep.pk, Level.ACADEMIC, "part-1", "Clocks"),
    ]
    assert one.excerpt == ("<mark>Light</mark> sets the <mark>clock</mark> each day.")
    (one,) = search.find(patient, "night")  # nowhere but in a title
    assert {hit.key for hit in one.hits} == {""} and one.excerpt == ""


def test_topic_and_level_narrow_it_down(library, patient):
    topic = TopicFactory(slug="basics")
    Article.objects.get(title="Rest").topics.add(topic)
    assert found(patient, "sleep", topic="basics") == ["Rest"]
    assert found(patient, "sleep", level=Level.ACADEMIC) == []
    assert found(patient, "sleep", level=Level.FUNDAMENTALS) == ["Sleep", "Rest", "Inflammation"]


@pytest.mark.parametrize("role", ["patient", "clinician", "editor", "reviewer", "administrator"])
def test_only_what_is_published_is_found(request, role):
    user = request.getfixturevalue(role)
    EditionFactory(article__title="Draft about owls", body="<p>Owls.</p>")
    waiting = EditionFactory(article__title="Owls in review", body="<p>Owls.</p>")
    waiting.submit(waiting.author)
    assert found(user, "owls") == []
    waiting.publish(ReviewerFactory())
    assert found(user, "owls") == ["Owls in review"]
    Edition.objects.filter(pk=waiting.pk).update(state=State.RETIRED, updated_at=timezone.now())
    assert found(user, "owls") == []


# --- The index follows ------------------------------------------------------------------------


def test_the_index_follows_editions_and_articles(patient):
    first = publish("Days", "<p>Owls.</p>")
    assert found(patient, "owls") == ["Days"]
    second = Edition.start(first.article, first.level, first.author)
    second.sections.update(body="<p>Larks.</p>")
    assert found(patient, "owls") == ["Days"]
    second.submit(second.author)
    second.publish(ReviewerFactory())
    assert found(patient, "owls") == []
    assert found(patient, "larks") == ["Days"]
    article = Article.objects.get(pk=first.article_id)
    article.title = "Nightingales"
    article.save()
    assert found(patient, "nightingales") == ["Nightingales"]
    assert found(patient, "days") == []


def test_catching_up_takes_one_query_when_nothing_is_missing(
    library, patient, django_assert_num_queries
):
    assert search.catch_up(3) == 3
    assert search.catch_up() == 4
    with django_assert_num_queries(1):
        assert search.catch_up() == 0


def test_other_words_in_a_new_version_are_indexed_anew(library, patient, monkeypatch):
    search.catch_up()
    monkeypatch.setattr(words, "VERSION", words.VERSION + 1)
    assert search.catch_up() == 7
    assert search.catch_up() == 0


def test_a_database_that_takes_no_writes_still_answers(library, patient, monkeypatch):
    search.catch_up()
    publish("Later", "<p>Owls.</p>")
    # The table of texts refuses, as a full disk would.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'full'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON articles_searchtext "
                "FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        else:
            cursor.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON articles_searchtext "
                "BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
    assert found(patient, "owls") == []
    assert found(patient, "menopause") == ["Estrogen"]


def test_reindexing_is_repeatable(library, patient):
    for _ in range(2):
        out = StringIO()
        call_command("reindex_search", stdout=out)
        assert "7 published editions" in out.getvalue()
        assert found(patient, "menopause") == ["Estrogen"]
    assert SearchText.objects.count() == 7


def index_fits():
    """SQLite's own check of the index against its table; PostgreSQL's column is generated."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO articles_searchindex(articles_searchindex, rank) "
                "VALUES ('integrity-check', 1)"
            )


def test_the_index_follows_whatever_happens_to_its_table(library, patient):
    search.catch_up()
    index_fits()
    SearchText.objects.filter(title="sleep").update(body="owl")
    index_fits()
    assert found(patient, "owls") == ["Sleep"]
    SearchText.objects.filter(title="sleep").delete()
    index_fits()
    SearchText.objects.all().delete()
    index_fits()


def test_the_index_can_be_taken_away_and_made_anew(library, patient):
    search.catch_up()
    # What waits for the end of the test's transaction would be in the way.
    connection.check_constraints()
    database.uninstall(connection)
    database.install(connection)
    assert found(patient, "menopause") == ["Estrogen"]
    index_fits()


@pytest.mark.only_on("sqlite3")
def test_a_rebuilt_table_gets_its_triggers_back(library, patient):
    search.catch_up()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER articles_searchtext_update")
    SearchText.objects.filter(title="sleep").update(body="owl")
    database.restore(connection)
    index_fits()
    assert found(patient, "owls") == ["Sleep"]


@pytest.mark.django_db(transaction=True)
def test_emptying_the_database_empties_the_index():
    from tests.factories import PatientFactory

    patient = PatientFactory()
    publish("Days", "<p>Owls.</p>")
    assert found(patient, "owls") == ["Days"]
    # Neither published editions nor records of access can be emptied; their triggers come back
    # with the flush.
    immutability.uninstall(connection)
    access_triggers.uninstall(connection)
    call_command("flush", verbosity=0, interactive=False)
    index_fits()
    patient = PatientFactory()
    assert found(patient, "owls") == []
    publish("Nights", "<p>Owls.</p>")
    assert found(patient, "owls") == ["Nights"]
    index_fits()


@pytest.mark.only_on("postgresql")
def test_postgresql_uses_its_index(library):
    search.catch_up()
    with connection.cursor() as cursor:
        # Seven rows are fewer than an index is worth.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT edition_id FROM articles_searchtext WHERE vector @@ %s::tsquery",
            [tsquery(read("menopause", NO_LABELS))],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "articles_searchindex" in plan


# --- Any input --------------------------------------------------------------------------------

HOSTILE = [
    '"', "'", "''", '"""', "\\", "a\\", "a'b", 'a"b', "*", "a*", "* *", ":", "a:*", "title:sleep",
    "{title}", "(", ")", "((", "a AND", "AND", "OR", "NOT", "a NOT", "NEAR(a b)", "a & | ! b", "!",
    "<->", "a <-> b", "--", "- -", "-", "-a", "-a -b", "^a", "%", "%s", "%%s", "_", "\x00",
    "a\x00b", "\ud800", "a\ud800", "\ue000a", "\ue001", "\ue002", "😴", "👩‍⚕️ sleep",
    "שינה", "نوم", "\u202esleep", "睡眠", "นอนหลับ", "ﬁne", "½", "ß", "İstanbul", "\u0301",
    "\u00ad", "a" * 10_000, "a " * 5_000, '"' * 10_000, "-" * 10_000, "'" * 10_000, "é" * 10_000,
    "the", "the of and", "???", "<mark>", "1e5 0x1f 3.14", "a/b/c", "http://example.org/?q=1",
    "me@example.org", "17β-estradiol",
]  # fmt: skip


def test_nothing_that_is_typed_breaks_it(library, patient):
    for text in HOSTILE:
        for one in search.find(patient, text):
            assert one.mark(text) is not None, repr(text[:40])


@given(text=st.text(max_size=80) | st.text(alphabet="ab\"'*:-()&|!<> \\\0é😴", max_size=30))
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_text_at_all_breaks_it(library, patient, text):
    list(search.find(patient, text))


# PostgreSQL's index of one text ends at a megabyte; SQLite's has no such end.
@pytest.mark.only_on("postgresql")
def test_a_text_too_long_for_an_index_is_still_published_and_found(patient):
    chance = iter(range(10**9))
    body = "".join(
        f"<p>{' '.join(f'wörd{next(chance)}' for _ in range(2000))}</p>" for _ in range(20)
    )
    PublishedEditionFactory(
        article__title="Long", grade_reason="Made up.", body=[("Owls", body), ("Larks", body)]
    )
    assert found(patient, "owls wörd17") == ["Long"]
    assert found(patient, "larks") == ["Long"]


def test_no_articles_are_asked_for_nothing(db, patient):
    article = ArticleFactory()
    assert matches(read("??", NO_LABELS), Edition.objects.all()) == []
    assert found(patient, article.title) == []
