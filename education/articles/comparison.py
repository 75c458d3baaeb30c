"""What has changed from one edition to the next: by section, side by side, words marked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import escape
from typing import Any

import nh3
from django.db.models import Q
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from lxml import etree
from lxml import html as lxml_html
from lxml.html.diff import htmldiff

from . import richtext
from .models import Edition, Figure, Section, State

# Looking for shared words takes time that grows with the square of them: what is longer than
# this, old and new together, is shown as a whole.
MOST_WORDS = 12_000
# An edition in which more than this has changed is not compared word by word at all.
MOST_WORDS_IN_ALL = 60_000
# And where there are more pairs of blocks than this, they are not looked at one by one.
MOST_PAIRS = 250_000

_TAGS = set(
    "p h3 h4 ul ol li strong em sub sup br a blockquote table caption tbody thead tr th td "
    "ins del".split()
)
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
    allowed_classes={"p": richtext.PARAGRAPH_CLASSES},
    url_schemes=set(richtext.PROTOCOLS),
    link_rel=None,
)
_TAG = re.compile(r"<[^>]*>")
# What writers put into the text for the page to replace: citations and places of figures.
_MARKS = re.compile(r"\s*\[\s*@[^\[\]]*\]|<p>\s*\{\s*figure\b[^{}]*\}\s*</p>|\{\s*figure\b[^{}]*\}")


@dataclass
class SectionChange:
    """One section in both editions; either side is empty where the section is not there."""

    key: str
    heading: str
    # In words: new, removed, moved, changed; nothing where it stayed as it was.
    notes: list[str]
    old_heading: str = ""
    new_heading: str = ""
    old_html: str = ""
    new_html: str = ""

    @property
    def only_moved(self) -> bool:
        """Whether heading and text are the same in another place."""
        return not self.old_html and not self.new_html

    @property
    def is_changed(self) -> bool:
        return bool(self.notes)


@dataclass
class FactChange:
    """A fact, or a part of a figure, before and now; as HTML with what differs marked."""

    name: str
    old: str
    new: str


@dataclass
class FigureChange:
    """A figure that came, went, or says something else."""

    key: str
    note: str
    old: Figure | None
    new: Figure | None
    facts: list[FactChange] = field(default_factory=list)


@dataclass
class Comparison:
    """An edition beside the one that it follows."""

    old: Edition
    new: Edition
    sections: list[SectionChange]
    figures: list[FigureChange]
    facts: list[FactChange]

    @property
    def unchanged(self) -> list[SectionChange]:
        return [section for section in self.sections if not section.is_changed]

    @property
    def is_same(self) -> bool:
        changed = any(section.is_changed for section in self.sections)
        return not (changed or self.figures or self.facts)


def edition_before(edition: Edition) -> Edition | None:
    """The edition that patients read before this one, or would still read without it."""
    others = Edition.objects.filter(article=edition.article_id, level=edition.level)
    if edition.state in (State.DRAFT, State.REVIEW):
        # There is at most one published; where there is none, the last that was.
        read = others.filter(Q(state=State.PUBLISHED) | Q(state=State.RETIRED))
        return read.order_by("state", "-number").first()
    return others.filter(state=State.RETIRED, number__lt=edition.number).order_by("-number").first()


def compare(old: Edition, new: Edition, *, for_readers: bool = False) -> Comparison:
    """What has changed from `old` to `new`, in six queries whatever their length.

    For readers without what stands in the text for the page alone: citations, places of figures.
    """
    before, after = list(old.sections.all()), list(new.sections.all())
    if for_readers:
        for section in (*before, *after):
            section.body = _MARKS.sub("", section.body)
    return Comparison(
        old=old,
        new=new,
        sections=_sections(before, after),
        figures=_figures(list(old.figures.all()), list(new.figures.all())),
        facts=_facts(old, new),
    )


# --- Sections -------------------------------------------------------------------------------


def _sections(old: list[Section], new: list[Section]) -> list[SectionChange]:
    """In the order of the new edition, what was removed after what it stood behind."""
    before = {section.key: section for section in old}
    after = {section.key: section for section in new}
    moved = _moved([key for key in before if key in after], [key for key in after if key in before])
    by_words = sum(_words(part.body) for part in (*old, *new)) <= MOST_WORDS_IN_ALL
    changes = [_section(before.get(key), section, by_words) for key, section in after.items()]
    was_at = {key: number for number, key in enumerate(before, start=1)}
    for number, change in enumerate(changes, start=1):
        if change.key in moved:
            words = _("Moved: it was part %(old)d and is now part %(new)d")
            change.notes.insert(0, words % {"old": was_at[change.key], "new": number})
    place = -1
    for key, section in before.items():
        if key in after:
            place = next(at for at, change in enumerate(changes) if change.key == key)
        else:
            place += 1
            changes.insert(place, _section(section, None))
    return changes


def _moved(old: list[str], new: list[str]) -> set[str]:
    """The keys that stand elsewhere; the longest runs that kept their order have stayed."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    stayed = {
        key
        for block in matcher.get_matching_blocks()
        for key in new[block.b : block.b + block.size]
    }
    return set(new) - stayed


def _section(old: Section | None, new: Section | None, by_words: bool = True) -> SectionChange:
    there = new or old
    assert there is not None
    change = SectionChange(there.key, there.heading or _("Without heading"), [])
    if old is None:
        change.notes = [_("New section")]
        change.new_heading, change.new_html = _whole(new, "ins")
    elif new is None:
        change.notes = [_("Removed section")]
        change.old_heading, change.old_html = _whole(old, "del")
    else:
        if old.heading != new.heading:
            change.notes.append(_("Heading changed"))
        if old.body != new.body:
            change.notes.append(_("Text changed"))
        if change.notes:
            change.old_heading, change.new_heading = _side_by_side(
                escape(old.heading), escape(new.heading)
            )
            change.old_html, change.new_html = _side_by_side(old.body, new.body, by_words)
    return change


def _whole(section: Section | None, tag: str) -> tuple[str, str]:
    assert section is not None
    heading, body = escape(section.heading), richtext.clean(section.body)
    return _safe(_marked(heading, tag)), _safe(_marked(body, tag))


def _side_by_side(old: str, new: str, by_words: bool = True) -> tuple[str, str]:
    """Old and new as HTML, what went marked with <del> and what came with <ins>."""
    old, new = richtext.clean(old), richtext.clean(new)
    if old == new:
        return _safe(old), _safe(new)
    too_long = not by_words or _words(old) + _words(new) > MOST_WORDS
    if not old or not new or too_long:
        return _safe(_marked(old, "del")), _safe(_marked(new, "ins"))
    sides: tuple[list[str], list[str]] = ([], [])
    for before, after in _blocks_that_differ(old, new):
        if before == after:
            pieces = before, after
        elif not before or not after:
            pieces = _marked(before, "del"), _marked(after, "ins")
        else:
            pieces = _one_side(after, before, "del"), _one_side(before, after, "ins")
        for side, piece in zip(sides, pieces, strict=True):
            side.append(piece)
    return _safe("".join(sides[0])), _safe("".join(sides[1]))


def _blocks_that_differ(old: str, new: str) -> list[tuple[str, str]]:
    """Old and new in pieces: blocks that are the same in both, and what stands between them."""
    before, after = _blocks(old), _blocks(new)
    if len(before) * len(after) > MOST_PAIRS:
        return [(old, new)]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        ("".join(before[a_start:a_stop]), "".join(after[b_start:b_stop]))
        for _how, a_start, a_stop, b_start, b_stop in matcher.get_opcodes()
    ]


def _blocks(html: str) -> list[str]:
    """The paragraphs, lists and tables of a text; the whole where there is text between them."""
    root = _parsed(html)
    if (root.text or "").strip() or any((child.tail or "").strip() for child in root):
        return [html]
    return [etree.tostring(child, encoding="unicode", method="html").strip() for child in root]


def _words(html: str) -> int:
    return len(_TAG.sub(" ", html).split())


def _parsed(html: str) -> lxml_html.HtmlElement:
    parser = lxml_html.HTMLParser(huge_tree=True)
    return lxml_html.fragment_fromstring(html or " ", create_parent="div", parser=parser)


def _one_side(other: str, own: str, tag: str) -> str:
    """A text with the words marked that the other one does not have.

    Of a difference the library keeps the structure of what was added, not of what was removed:
    so it is asked once each way round, and what it calls added takes the mark of its side.
    """
    root = _parsed(htmldiff(other, own))
    for removed in list(root.iter("del")):
        removed.drop_tree()
    for added in root.iter("ins"):
        added.tag = tag
    _drop_empty(root)
    if _letters(root) != _letters(_parsed(own)):
        # Where lists and paragraphs meet it now and then loses a word: nobody decides on that.
        return _marked(own, tag)
    return _inner(root)


def _letters(root: lxml_html.HtmlElement) -> str:
    return "".join(root.text_content().split())


def _drop_empty(root: lxml_html.HtmlElement) -> None:
    """Shells of paragraphs and items that held only what is not shown on this side."""
    for element in reversed(list(root.iter("p", "li", "ul", "ol", "blockquote", "h3", "h4"))):
        if not len(element) and not (element.text or "").strip():
            element.drop_tree()


def _marked(html: str, tag: str) -> str:
    """All words of it marked, block by block."""
    if not html:
        return ""
    root = _parsed(html)
    leaves = [
        element
        for element in root.iter("p", "h3", "h4", "li", "td", "th")
        if not any(True for _inside in element.iter("p", "li", "ul", "ol", "table")
                   if _inside is not element)
    ]  # fmt: skip
    for element in leaves or [root]:
        mark = etree.Element(tag)
        mark.text, element.text = element.text, None
        for child in list(element):
            mark.append(child)
        element.append(mark)
    return _inner(root)


def _inner(root: lxml_html.HtmlElement) -> str:
    text = escape(root.text or "", quote=False)
    return text + "".join(
        etree.tostring(child, encoding="unicode", method="html") for child in root
    )


def _safe(html: str) -> str:
    """Clean once more; then each mark says in words what it is, for who can't see it."""
    words = {"ins": _("added:"), "del": _("removed:")}
    end = _("end")
    cleaned = _CLEANER.clean(html)
    for tag, word in words.items():
        hidden = '<span class="visually-hidden">{} </span>'
        cleaned = cleaned.replace(f"<{tag}>", f"<{tag}>" + hidden.format(escape(word)))
        cleaned = cleaned.replace(
            f"</{tag}>", f'<span class="visually-hidden"> ({escape(end)})</span></{tag}>'
        )
    return mark_safe(cleaned)  # noqa: S308


# --- Figures and facts ----------------------------------------------------------------------


def _figures(old: list[Figure], new: list[Figure]) -> list[FigureChange]:
    before = {figure.key: figure for figure in old}
    after = {figure.key: figure for figure in new}
    changes = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was is None:
            changes.append(FigureChange(key, _("New figure"), was, now))
        elif now is None:
            changes.append(FigureChange(key, _("Removed figure"), was, now))
        elif facts := list(_figure_facts(was, now)):
            changes.append(FigureChange(key, _("Changed"), was, now, facts))
    return changes


def _figure_facts(old: Figure, new: Figure) -> Iterable[FactChange]:
    if old.image.name != new.image.name:
        yield _fact(_("Picture"), _("the former one"), _("another one"))
    for name in ("alt", "caption"):
        if getattr(old, name) != getattr(new, name):
            label = str(Figure._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            yield _fact(label, getattr(old, name), getattr(new, name))
    if old.decorative != new.decorative:
        yield _fact(_("decorative"), _yes_no(old.decorative), _yes_no(new.decorative))


def _fact(name: str, old: str, new: str) -> FactChange:
    return FactChange(name, *_side_by_side(escape(old), escape(new)))


def _yes_no(value: bool) -> str:
    return _("yes") if value else _("no")


def _facts(old: Edition, new: Edition) -> list[FactChange]:
    """Of the edition, and of its article since the older edition was published."""
    facts = []
    if old.grade_reason != new.grade_reason:
        label = str(Edition._meta.get_field("grade_reason").verbose_name)  # type: ignore[union-attr]
        facts.append(_fact(label, old.grade_reason, new.grade_reason))
    was = _article_at(old, old.published_at)
    # What happened to the article later belongs to later editions.
    now = _article_at(new, new.published_at) if new.state == State.RETIRED else new.article
    for name in ("title", "summary", "audience"):
        if was and now and getattr(was, name) != getattr(now, name):
            label = str(new.article._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            facts.append(_fact(label, getattr(was, name), getattr(now, name)))
    return facts


def _article_at(edition: Edition, moment: Any) -> Any:
    history: Any = edition.article.history  # type: ignore[attr-defined]
    return history.filter(history_date__lte=moment).first() if moment else None
