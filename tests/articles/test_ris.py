"""References from and to RIS: what every program writes, and nonsense that breaks nothing."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from education.articles import ris
from education.articles.models import Reference
from education.articles.ris_import import Row, apply, plan
from tests.factories import ReferenceFactory

from .admin_pages import texts_of

pytestmark = pytest.mark.django_db

ZOTERO = """\
TY  - JOUR
TI  - Effect of 1 week of sleep restriction.
AU  - Leproult, Rachel
AU  - Van Cauter, Eve M.
T2  - JAMA
DA  - 2011/06/01/
PY  - 2011
DO  - https://doi.org/10.1001/JAMA.2011.710
VL  - 305
IS  - 21
SP  - 2173
EP  - 2174
UR  - https://doi.org/10.1001/jama.2011.710
N1  - PMID: 21632481
KW  - sleep
ER  -
"""
ENDNOTE = """\
TY  - JOUR
AU  - Spiegel, K.
A1  - Someone Else
Y1  - 1999
T1  - Impact of sleep debt
JF  - Lancet
SP  - 1435-1439
AN  - 10543671
DB  - PubMed
M3  - doi: 10.1016/S0140-6736(99)01376-8
ID  - 12
ER  -
"""


def one(text):
    (row,) = plan(text)
    return row


def record(*lines):
    return "\n".join(["TY  - JOUR", "TI  - T", *lines, "ER  - "]) + "\n"


# --- Reading --------------------------------------------------------------------------------


def test_what_zotero_writes():
    row = one(ZOTERO)
    assert (row.action, row.key) == (Row.NEW, "leproult-2011")
    assert row.facts == {
        "authors": "Leproult R, Van Cauter EM", "title": "Effect of 1 week of sleep restriction",
        "container": "JAMA", "year": 2011, "volume": "305", "issue": "21", "pages": "2173-2174",
        "doi": "10.1001/JAMA.2011.710", "pmid": "21632481", "url": "",
    } | {"doi": row.facts["doi"]}  # fmt: skip
    assert row.facts["doi"].lower() == "10.1001/jama.2011.710"


def test_what_endnote_writes():
    row = one(ENDNOTE.replace("\n", "\r\n"))
    assert (row.key, row.facts["authors"]) == ("spiegel-1999", "Spiegel K")
    assert (row.facts["container"], row.facts["pages"]) == ("Lancet", "1435-1439")
    assert (row.facts["year"], row.facts["pmid"]) == (1999, "10543671")
    assert row.facts["doi"] == "10.1016/S0140-6736(99)01376-8"


@pytest.mark.once
@pytest.mark.parametrize(
    ("lines", "name", "value"),
    [
        (["DO  - doi:10.1001/abc."], "doi", "10.1001/abc"),
        (["DO  - http://dx.doi.org/10.1001%2Fabc"], "doi", "10.1001/abc"),
        (["DO  - 10.1001/ABC.DEF"], "doi", "10.1001/abc.def"),
        (["UR  - https://doi.org/10.1001/abc"], "doi", "10.1001/abc"),
        (["L3  - 10.1001/abc"], "doi", "10.1001/abc"),
        (["N1  - Comment in: 10.1001/other"], "doi", ""),
        (["AN  - 123456"], "pmid", "123456"),
        (["AN  - PMID: 123456"], "pmid", "123456"),
        (["AN  - 123456", "DB  - PsycINFO"], "pmid", ""),
        (["AN  - WOS:000123456"], "pmid", ""),
        (["M1  - PMID 123456"], "pmid", "123456"),
        (["M1  - 6"], "pmid", ""),
        (["ID  - 21632481", "DB  - PubMed"], "pmid", "21632481"),
        (["ID  - 21632481"], "pmid", ""),
        (["UR  - https://pubmed.ncbi.nlm.nih.gov/123456/"], "pmid", "123456"),
        (["UR  - https://example.org/a;b", "UR  - x"], "url", "https://example.org/a;b"),
        (["UR  - javascript:alert(1)"], "url", ""),
        (["Y1  - 2001///"], "year", 2001),
        (["DA  - 1987/05"], "year", 1987),
        (["JA  - J Nights", "T2  - Journal of Nights"], "container", "Journal of Nights"),
        (["JO  - J Nights", "T2  - Journal of Nights"], "container", "J Nights"),
        (["SP  - S12–S15"], "pages", "S12-S15"),
        (["SP  - e1002", "EP  - e1002"], "pages", "e1002"),
        (["AU  - Smith, J.-P."], "authors", "Smith JP"),
        (["AU  - Smith, John Paul, Jr."], "authors", "Smith JP Jr"),
        (["AU  - Smith, JP"], "authors", "Smith JP"),
        (["AU  - Smith J.P."], "authors", "Smith JP"),
        (["AU  - van der Berg, Zoë"], "authors", "van der Berg Z"),
        (["AU  - World Health Organization"], "authors", "World Health Organization"),
        (["AU  - Øster,H", "AU  - Øster,H"], "authors", "Øster H"),
        (["TI  - one", "and two"], "title", "T and two"),
    ],
)
def test_what_programs_write(lines, name, value):
    assert one(record(*lines)).facts[name] == value


def test_many_authors_end_in_et_al():
    authors = one(record(*(f"AU  - Author{n}, A" for n in range(80)))).facts["authors"]
    assert authors.endswith(", et al.") and len(authors) <= 400


@pytest.mark.parametrize(
    ("authors", "key"),
    [
        (["Smith, J"], "smith-2011b"),
        (["Müller-Łoś, Ä"], "muller-los-2011"),
        (["Ødegård, S"], "odegard-2011"),
        (["夜, 夜"], "t-2011"),
        ([], "t-2011"),
    ],
)
def test_keys_are_made_of_name_and_year(authors, key):
    ReferenceFactory(key="smith-2011")
    assert one(record("PY  - 2011", *(f"AU  - {name}" for name in authors))).key == key


def test_keys_are_unique_within_a_file():
    text = "".join(record("PY  - 2011", "AU  - Smith, J", f"DO  - 10.1001/{n}") for n in range(30))
    keys = [row.key for row in plan(text)]
    assert keys[:3] == ["smith-2011", "smith-2011b", "smith-2011c"]
    assert len(set(keys)) == 30 and all(not row.problem for row in plan(text))


# --- Matching and importing -----------------------------------------------------------------


@pytest.mark.parametrize(
    "stored",
    [
        {"key": "x", "doi": "10.1001/jama.2011.710", "pmid": ""},
        {"key": "x", "doi": "", "pmid": "21632481"},
        {"key": "x", "doi": "10.1001/jama.2011.710", "pmid": "21632481"},
    ],
)
def test_a_record_is_matched_by_doi_or_pmid(stored):
    ReferenceFactory(**stored)
    assert (one(ZOTERO).key, one(ZOTERO).action) == ("x", Row.CHANGED)


def test_a_record_is_matched_by_its_key():
    ReferenceFactory(key="mine", title="T", authors="", container="", year=None)
    assert one(record("ID  - mine")).action == Row.UNCHANGED
    ReferenceFactory(key="other", doi="10.1001/other")
    row = one(record("ID  - other", "DO  - 10.1001/this", "AU  - Smith, J"))
    assert (row.action, row.key) == (Row.NEW, "smith-undated")


def test_importing_twice_changes_nothing(editor):
    assert apply(plan(ZOTERO + ENDNOTE), "x") == (2, 0)
    before = list(Reference.objects.order_by("pk").values_list())
    rows = plan(ENDNOTE + ZOTERO)
    assert [row.action for row in rows] == [Row.UNCHANGED, Row.UNCHANGED]
    assert apply(rows, "x") == (0, 0)
    assert list(Reference.objects.order_by("pk").values_list()) == before


def test_what_is_imported_is_unchecked_unless_it_is_unchanged(editor):
    apply(plan(ZOTERO + ENDNOTE), "x")
    Reference.objects.update(checked_on="2026-01-01", checked_by=editor)
    apply(plan(ZOTERO.replace("VL  - 305", "VL  - 306") + ENDNOTE), "Imported")
    changed, same = Reference.objects.order_by("key")
    assert (changed.volume, changed.checked_on, changed.checked_by) == ("306", None, None)
    assert same.checked_on and same.checked_by == editor
    assert changed.history.first().history_change_reason == "Imported"
    # What the file is silent about stays.
    apply(plan(record("DO  - 10.1001/jama.2011.710")), "x")
    changed.refresh_from_db()
    assert (changed.title, changed.volume, changed.pmid) == ("T", "306", "21632481")


@pytest.mark.parametrize(
    ("text", "number", "part"),
    [
        (ZOTERO + ZOTERO, 2, "same publication as record 1"),
        (ZOTERO + record("PY  - soon"), 2, "year “soon”"),
        (ZOTERO + record("DO  - 11/x"), 2, "not a DOI"),
        (ZOTERO + record(f"VL  - {'9' * 50}"), 2, "volume"),
        (ZOTERO + "TY  - JOUR\nER  - \n", 2, "title"),
        (ZOTERO + "TY  - JOUR\nTI  - x\n", 2, "does not end"),
        ("TY  - JOUR\nTI  - x\n" + ZOTERO, 1, "does not end"),
    ],
)
def test_a_wrong_record_is_named_and_stops_all(text, number, part):
    rows = plan(text)
    (wrong,) = [row for row in rows if row.problem]
    assert wrong.number == number and part in wrong.problem
    with pytest.raises(ris.RisError):
        apply(rows, "x")
    assert not Reference.objects.exists()


def test_doi_and_pmid_of_two_references_are_a_problem():
    ReferenceFactory(key="a", doi="10.1001/jama.2011.710")
    ReferenceFactory(key="b", pmid="21632481")
    assert "“a”" in one(ZOTERO).problem and "“b”" in one(ZOTERO).problem


# --- Writing --------------------------------------------------------------------------------

NAMES = st.from_regex(r"\A[A-Z][a-zé]{1,8}( [A-Z][a-z]{1,6})? [A-Z]{1,3}\Z")
WORDS = st.from_regex(r"\A[A-Za-z0-9αβ][A-Za-z0-9αβ ,:;'()?é&<-]{0,30}[A-Za-z0-9)]\Z")


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    st.fixed_dictionaries(
        {
            "authors": st.lists(NAMES, max_size=3, unique=True).map(", ".join),
            "title": WORDS,
            "container": st.one_of(st.just(""), WORDS),
            "year": st.one_of(st.none(), st.integers(1500, 2199)),
            "volume": st.sampled_from(["", "12", "12 Suppl 1"]),
            "issue": st.sampled_from(["", "3", "3-4"]),
            "pages": st.sampled_from(["", "1-9", "S1-S9", "e1001", "11-12, 15"]),
            "doi": st.sampled_from(["", "10.1016/S0140-6736(99)01376-8", "10.1002/<a>;b"]),
            "pmid": st.sampled_from(["", "21632481"]),
            "url": st.sampled_from(["", "https://example.org/a;b?c=d"]),
        }
    )
)
def test_what_goes_out_as_ris_comes_back(facts):
    facts["title"], facts["container"] = (
        " ".join(facts[name].split()) for name in ("title", "container")
    )
    Reference.objects.all().delete()
    if "<" in facts["doi"] or facts["title"] == facts["container"]:
        facts |= {"doi": "", "container": ""}
    stored = Reference.objects.create(key="the-key", **facts)
    text = ris.written([stored])
    assert text.startswith("TY  - ") and text.count("ER  - ") == 1
    assert one(text).action == Row.UNCHANGED, one(text).changes
    stored.delete()
    row = one(text)
    assert (row.action, row.key, row.facts) == (Row.NEW, "the-key", facts)


# --- Nonsense -------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "Choose a file"),
        (b"PMID- 123\nTI  - x", "no record"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not a text file"),
        (ZOTERO.encode("utf-16"), "UTF-16"),
        (b"TY  - JOUR\n" * 2, "does not end"),
        (b"TY  - JOUR\nER  - \n" * 501, "500 records"),
        (b"a" * 600_000, "500 KB"),
        (b"TY  - JOUR\n" + b"AU  - A\n" * 3000 + b"ER  -\n", "more lines"),
        (b"TY  - JOUR\ncontinued\nXX  - y\n\x01\xe9\nER  -\n", "title"),
        (b"TY  -\nTI\n- x\nER  -\n", "title"),
    ],
)
def test_nonsense_is_refused_in_words(data, part, editor, signed_in):
    client = signed_in(editor)
    url = reverse("admin:articles_reference_import")
    response = client.post(url, {"file": SimpleUploadedFile("x.ris", data)})
    assert response.status_code == 200 and part in response.content.decode()
    assert not Reference.objects.exists()
    text = data.decode("latin-1")
    assert client.post(url, {"text": text}).status_code in (200, 400)
    assert client.post(url, {"text": text, "confirmed": "x"}).status_code in (200, 400)
    assert not Reference.objects.exists()


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([
    "TY  - JOUR", "ER  - ", "ER  -", "TI  - x", "AU  - ,", "AU  - , ,", "PY  - ", "DO  - 10.1234/",
    "UR  - http://[", "UK  - x", "ID  - ../..", "SP  - -", "EP  - -", "AN  - 0", "ZZ  - 10.1/x",
    "x", "", "TY", "T1  - \ud800", "AU  - " + "x" * 500, "UK  - ", "A1  - .", "JO  - \u2028",
    "N1  - doi",
]), max_size=12))  # fmt: skip
def test_no_mixture_of_lines_breaks_the_reading(lines):
    try:
        rows = plan("\n".join(lines))
    except ris.RisError:
        return
    assert all(row.problem or row.reference for row in rows)


def test_older_files_are_latin_1():
    assert "Müller" in ris.decoded("TY  - JOUR\nAU  - Müller".encode("latin-1"))
    assert ris.decoded(b"\xef\xbb\xbfTY") == "TY"


# --- In the admin ---------------------------------------------------------------------------


@pytest.fixture
def url():
    return reverse("admin:articles_reference_import")


def confirmation(page):
    return re.search(r'name="confirmed" value="(\w+)"', page)[1]


def test_preview_then_confirm(url, editor, signed_in):
    client = signed_in(editor)
    assert "Nothing is saved before" in client.get(url).content.decode()
    upload = SimpleUploadedFile("x.ris", (ZOTERO + ENDNOTE).encode("utf-8-sig"))
    page = client.post(url, {"file": upload}).content.decode()
    assert "New: 2. Changed: 0." in page and "leproult-2011" in page
    assert not Reference.objects.exists()
    text = re.search(r'<textarea name="text" hidden[^>]*>\n(.*?)</textarea>', page, re.DOTALL)[1]
    data = {"text": text, "confirmed": confirmation(page)}
    response = client.post(url, data, follow=True)
    assert "2 new, 0 changed" in texts_of(response)
    assert set(Reference.objects.values_list("key", flat=True)) == {
        "leproult-2011",
        "spiegel-1999",
    }
    assert Reference.objects.first().history.first().history_user == editor
    page = client.post(url, {"text": ZOTERO + ENDNOTE}).content.decode()
    assert "There is nothing to import" in page and 'name="confirmed"' not in page
    changed = client.post(url, {"text": ZOTERO.replace("305", "306")}).content.decode()
    assert "<dt>volume</dt>" in changed and "305" in changed and "306" in changed


def test_only_what_was_previewed_is_imported(url, editor, signed_in):
    client = signed_in(editor)
    digest = confirmation(client.post(url, {"text": ZOTERO}).content.decode())
    ReferenceFactory(doi="10.1001/jama.2011.710", title="Other")
    response = client.post(url, {"text": ZOTERO, "confirmed": digest})
    assert "Look at the preview again" in texts_of(response)
    assert Reference.objects.get().title == "Other"
    wrong = ENDNOTE + record("PY  - soon")
    page = client.post(url, {"text": wrong, "confirmed": digest}).content.decode()
    assert "Nothing has been imported" in page and "Record 2" in page and "year “soon”" in page
    assert Reference.objects.count() == 1


def test_who_may_import_and_export(url, patient, clinician, reviewer, administrator, signed_in):
    export = reverse("admin:articles_reference_export")
    for user, expected in (
        (patient, {302, 403}), (clinician, {302, 403}), (administrator, {403}), (reviewer, {403}),
    ):  # fmt: skip
        assert signed_in(user).get(url).status_code in expected
        assert signed_in(user).post(url, {"text": ZOTERO}).status_code in expected
    assert signed_in(reviewer).get(export).status_code == 200
    assert signed_in(patient).get(export).status_code in {302, 403}
    assert signed_in(administrator).get(export).status_code == 403


def test_downloads(editor, signed_in):
    client = signed_in(editor)
    chosen = ReferenceFactory(key="chosen", pages="1-9", pmid="5")
    ReferenceFactory(key="other")
    response = client.get(reverse("admin:articles_reference_export"))
    assert response.headers["Content-Disposition"] == 'attachment; filename="references.ris"'
    assert (
        "ID  - chosen" in response.content.decode() and "ID  - other" in response.content.decode()
    )
    changelist = reverse("admin:articles_reference_changelist")
    response = client.post(
        changelist, {"action": "export_selected", "_selected_action": [chosen.pk]}
    )
    text = response.content.decode()
    assert "AN  - 5" in text and "SP  - 1\nEP  - 9" in text and "other" not in text
