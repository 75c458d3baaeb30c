"""The glossary from its file: all or nothing, and twice is once."""

import pytest

from education.glossary.annotate import annotate
from education.glossary.loading import GlossaryFileError, load_glossary, term_index
from education.glossary.models import Alias, GlossaryVersion, Term
from tests.factories import AliasFactory, TermFactory

pytestmark = pytest.mark.django_db

HEAD = "term,aliases,plain_definition,technical_definition,source_note\n"


@pytest.fixture
def load(tmp_path):
    """load(text) writes a file and loads it."""

    def load(text, encoding="utf-8"):
        path = tmp_path / "glossary.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return load_glossary(path)

    return load


def everything():
    return (
        list(Term.objects.order_by("pk").values_list()),
        list(Alias.objects.order_by("pk").values_list()),
    )


def refused(load, text, **options):
    before = everything()
    with pytest.raises(GlossaryFileError) as caught:
        load(text, **options)
    assert everything() == before
    return str(caught.value)


def test_the_portals_own_glossary(settings):
    path = settings.BASE_DIR / "fixtures" / "glossary.csv"
    report = load_glossary(path)
    assert len(report.created) == 81 == Term.objects.complete().count()
    assert Alias.objects.get(text="StAR").match_case
    assert not Alias.objects.get(text="Arimidex").match_case
    assert GlossaryVersion.current() == 1
    before = everything()
    again = load_glossary(path)
    assert len(again.unchanged) == 81 and not again.created and not again.updated
    assert everything() == before
    assert GlossaryVersion.current() == 1


def test_terms_get_names_aliases_and_addresses(load):
    load(HEAD + 'NF-κB,"NFkB | nuclear factor",Plain.,"Technical, with comma.",A book\n')
    term = Term.objects.get()
    assert (term.name, term.slug, term.source) == ("NF-κB", "nf-b", "A book")
    assert term.technical_definition == "Technical, with comma."
    labels = {alias.text: (alias.preferred, alias.match_case) for alias in term.aliases.all()}
    assert labels == {
        "NF-κB": (True, True),
        "NFkB": (False, True),
        "nuclear factor": (False, False),
    }


def test_addresses_are_unique(load):
    load(HEAD + "a b,,P,T,\na-b,,P,T,\nαβγ,,P,T,\n")
    assert sorted(Term.objects.values_list("slug", flat=True)) == ["a-b", "a-b-2", "term"]


def test_byte_order_mark_and_carriage_returns(load):
    load("\ufeff" + HEAD.replace("\n", "\r\n") + "leptin,,P,T,\r\n\r\n")
    assert Term.objects.get().name == "leptin"


def test_a_changed_row_changes_its_term_once(load):
    load(HEAD + "leptin,old one,P,T,\nghrelin,,P,T,\n")
    key = Term.objects.get(name="leptin").pk
    report = load(HEAD + "Leptin,new one,Plainer.,T,\nghrelin,,P,T,\n")
    assert report.updated == ["Leptin"] and report.unchanged == ["ghrelin"]
    term = Term.objects.get(pk=key)
    assert (term.name, term.slug, term.plain_definition) == ("Leptin", "leptin", "Plainer.")
    assert {alias.text for alias in term.aliases.all()} == {"Leptin", "new one"}
    assert GlossaryVersion.current() == 2


def test_an_alias_may_move_to_another_term(load):
    load(HEAD + "leptin,satiety hormone,P,T,\nghrelin,,P,T,\n")
    load(HEAD + "leptin,,P,T,\nghrelin,satiety hormone,P,T,\n")
    assert Alias.objects.get(text="satiety hormone").term.name == "ghrelin"


def test_an_editors_choice_of_case_stays(load):
    load(HEAD + "leptin,LEP,P,T,\n")
    Alias.objects.filter(text="LEP").update(match_case=False)
    load(HEAD + "leptin,LEP,Changed.,T,\n")
    assert not Alias.objects.get(text="LEP").match_case


def test_terms_that_are_not_in_the_file_stay(load):
    TermFactory(name="melatonin")
    load(HEAD + "leptin,,P,T,\n")
    assert Term.objects.filter(name="melatonin").exists()


def test_labels_of_other_terms_are_refused(load):
    AliasFactory(text="Satiety hormone", term=TermFactory(name="melatonin"))
    message = refused(load, HEAD + "leptin,satiety hormone,P,T,\n")
    assert "row 2" in message and "melatonin" in message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        ("term,aliases\nleptin,\n", "plain_definition, technical_definition, source_note"),
        (HEAD + "leptin,,P,T,\nLEPTIN,,P,T,\n", "row 3: “LEPTIN” stands in row 2"),
        (HEAD + "leptin,ob,P,T,\nghrelin,Ob,P,T,\n", "row 3"),
        (HEAD + "leptin,leptin,P,T,\n", "row 2"),
        (HEAD + ",x,P,T,\n", "row 2: the term is empty"),
        (HEAD + "leptin,P,T\n", "row 2: 3 cells"),
        (HEAD + "a,,P,T,\n" + "x" * 130 + ",,P,T,\n", "row 3"),
        (HEAD + 'leptin,,"P,T,\n', "row 2"),
        (HEAD + "leptin,,P\0,T,\n", "binary"),
        ((HEAD + "leptin,,é,T,\n").encode("latin-1"), "UTF-8"),
    ],
)
def test_a_broken_file_is_refused_as_a_whole(load, text, part):
    assert part in refused(load, text)


def test_all_broken_rows_are_named(load):
    message = refused(load, HEAD + "a,,P,T,\n,,P,T,\nb,a,P,T,\n")
    assert "row 3" in message and "row 4" in message


def test_the_index_holds_complete_terms_in_two_queries(load, django_assert_num_queries):
    load(HEAD + "leptin,LEP,P,T,\nghrelin,,,,\ninsomnia,,,T,\n")
    with django_assert_num_queries(2):
        index = term_index()
    result = annotate("<p>Leptin, lep, ghrelin and insomnia</p>", "fundamentals", index)
    assert [entry.name for entry in result.terms] == ["leptin", "insomnia"]
