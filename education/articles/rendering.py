"""An edition as the reader shows it: numbered references, figures, tables, glossary marks."""

import re
from dataclasses import dataclass, field
from html import escape as escape_text
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.text import slugify
from django.utils.translation import gettext as _
from lxml import etree
from lxml import html as lxml_html

from education.glossary.annotate import TermEntry, TermIndex, annotate, definitions

from .models import Edition, Figure, Reference, Section
from .richtext import storable
from .tables import finish_table

# Ids that the pages around an article use; a section may not take them.
RESERVED_KEYS = frozenset("main references references-title prompts-title done done-title".split())
_RESERVED_PREFIXES = ("ref-", "cite-", "term-", "figure-", "table-")

# How wide a figure is shown: as the text, which is never wider than this.
FIGURE_SIZES = "(min-width: 36rem) 34rem, 100vw"

_CITATION = re.compile(r"(?<!\s)\s*\[(\s*@[\w-]+(?:\s*;\s*@[\w-]+)*)\s*\]")
_FIGURE = re.compile(r"\{figure:\s*([\w-]+)\s*\}")
# What was meant as one of these and is not: it would stand in the text as it was typed.
_MEANT = re.compile(r"\[\s*@[^\[\]]{0,80}\]?|\{\s*figure\b[^{}]{0,80}\}?", re.IGNORECASE)


@dataclass(frozen=True)
class RenderedText:
    """What is kept of a rendered edition; `problems` says what an editor should put right."""

    contents: list[dict[str, str]]
    body_html: str
    references_html: str
    terms_html: str
    problems: list[str]
    # Each problem with the key of the section in which it is.
    places: list[tuple[str, str]]


def is_reserved(key: str) -> bool:
    """Whether a section can't have this key, because the page uses it for something else."""
    return key in RESERVED_KEYS or key.startswith(_RESERVED_PREFIXES)


def cited_keys(html: str) -> list[str]:
    """Keys of the references that a text cites, in order, each once."""
    groups = (re.findall(r"@([\w-]+)", match[1]) for match in _CITATION.finditer(html))
    return list(dict.fromkeys(key for group in groups for key in group))


def placed_figures(html: str) -> list[str]:
    """Keys of the figures that a text places, in order."""
    return _FIGURE.findall(html)


def render(edition: Edition, index: TermIndex) -> RenderedText:
    """Render an edition in at most three queries: its sections, figures and references.

    What the text names but does not exist leaves nothing on the page and is listed among the
    problems.
    """
    sections = list(edition.sections.all())
    figures = {figure.key: figure for figure in edition.figures.all()}
    cited = {key for section in sections for key in cited_keys(section.body)}
    references = Reference.objects.in_bulk(cited, field_name="key") if cited else {}
    # The result is stored for everybody, so it is in the portal's language, not in that of
    # whoever came first.
    with translation.override(settings.LANGUAGE_CODE):
        return _Page(sections, figures, references, edition.level, index).render()


@dataclass
class _Citations:
    """Numbers references by first citation and remembers from where each is cited."""

    references: dict[str, Reference]
    order: list[str] = field(default_factory=list)
    uses: dict[str, int] = field(default_factory=dict)

    def link(self, key: str) -> etree._Element:
        """The next link to a reference, with an id to come back to."""
        if key not in self.uses:
            self.order.append(key)
        self.uses[key] = self.uses.get(key, 0) + 1
        number = self.order.index(key) + 1
        link = etree.Element("a")
        link.set("href", f"#ref-{number}")
        link.set("id", f"cite-{number}-{self.uses[key]}")
        link.set("aria-label", _("Reference %(number)d") % {"number": number})
        link.text = str(number)
        return link


class _Page:
    """One rendering; keeps what is counted over the whole edition."""

    def __init__(
        self,
        sections: list[Section],
        figures: dict[str, Figure],
        references: dict[str, Reference],
        level: str,
        index: TermIndex,
    ) -> None:
        self.sections = sections
        self.figures = figures
        self.level = level
        self.index = index
        self.citations = _Citations(references)
        # Problems with the key of their section, each once and in order.
        self.problems: dict[tuple[str, str], None] = {}
        self.here = ""
        self.terms: dict[str, TermEntry] = {}
        self.ids = {section.key for section in sections} | RESERVED_KEYS
        self.repeats: dict[str, int] = {}
        self.tables = 0
        self.shown_figures: list[str] = []
        # The title of the article is the heading of level 1.
        self.heading_level = 1

    def render(self) -> RenderedText:
        body = "\n".join(self._section(section) for section in self.sections)
        return RenderedText(
            contents=[{"key": part.key, "heading": part.heading} for part in self.sections],
            body_html=body,
            references_html=self._references(),
            terms_html=self._terms(),
            problems=list(dict.fromkeys(text for text, _key in self.problems)),
            places=list(self.problems),
        )

    def _problem(self, text: str) -> None:
        self.problems[text, self.here] = None

    def _section(self, section: Section) -> str:
        self.here = section.key
        where = section.heading or section.key
        if is_reserved(section.key):
            self._problem(
                _("The key “%(key)s” is used by the page itself; choose another.")
                % {"key": section.key}
            )
        if section.heading:
            self.heading_level = 2
        if not section.body.strip():
            self._problem(_("The section “%(where)s” has no text.") % {"where": where})
        root = lxml_html.fragment_fromstring(
            section.body or " ",
            create_parent="div",
            parser=lxml_html.HTMLParser(huge_tree=True),
        )
        self._headings(root, section.key, where)
        self._place_figures(root, where)
        self._tables(root)
        self._cite(root, where)
        for left in _MEANT.findall(f"{section.heading} {root.text_content()}"):
            self._problem(
                _("“%(text)s” in the section “%(where)s” is no citation and no figure.")
                % {"text": left, "where": where}
            )
        _group_callouts(root)
        for quotation in root.iter("blockquote"):
            quotation.set("class", "pull-quote")
        for link in root.iter("a"):
            if urlsplit(link.get("href") or "").scheme in ("http", "https"):
                link.set("rel", "external noopener")
        marked = annotate(_inner_html(root), self.level, self.index)
        for term in marked.terms:
            self.terms.setdefault(term.slug, term)
        key = escape(section.key)
        heading = f"<h2>{escape(section.heading)}</h2>\n" if section.heading else ""
        return (
            f'<section class="part" id="{key}" data-section="{key}">\n'
            f"{heading}{marked.html}\n</section>"
        )

    def _headings(self, root: etree._Element, key: str, where: str) -> None:
        for heading in root.iter("h3", "h4"):
            level = int(heading.tag[1])
            if level > self.heading_level + 1:
                self._problem(
                    _("A heading level is skipped in the section “%(where)s”: “%(heading)s”.")
                    % {"where": where, "heading": heading.text_content().strip()}
                )
            self.heading_level = level
            base = f"{key}-{slugify(_CITATION.sub('', heading.text_content()))[:60]}".rstrip("-")
            heading.set("id", self._free_id(base if base != key else f"{key}-part"))

    def _free_id(self, base: str) -> str:
        name = base
        # Counted on from the last one: ten thousand equal headings would otherwise each try all.
        while name in self.ids:
            self.repeats[base] = self.repeats.get(base, 1) + 1
            name = f"{base}-{self.repeats[base]}"
        self.ids.add(name)
        return name

    def _place_figures(self, root: etree._Element, where: str) -> None:
        for paragraph in list(root.iter("p")):
            only = _FIGURE.fullmatch(paragraph.text_content().strip())
            if only is None:
                continue
            figure = self.figures.get(only[1])
            if figure is None:
                self._problem(
                    _("The section “%(where)s” places the figure “%(key)s”, which is missing.")
                    % {"where": where, "key": only[1]}
                )
                paragraph.drop_tree()
                continue
            paragraph.getparent().replace(paragraph, self._figure(figure, paragraph.tail))
        for node in root.iter():
            for name in ("text", "tail"):
                text = getattr(node, name)
                if text and _FIGURE.search(text):
                    self._problem(
                        _("A figure in the section “%(where)s” needs a paragraph of its own.")
                        % {"where": where}
                    )
                    setattr(node, name, _FIGURE.sub("", text))

    def _figure(self, figure: Figure, tail: str | None) -> etree._Element:
        element = etree.Element("figure", {"class": "figure"})
        if figure.key not in self.shown_figures:
            element.set("id", f"figure-{figure.key}")
        image = etree.SubElement(element, "img")
        image.set("src", figure.image.url)
        image.set("alt", "" if figure.decorative else storable(figure.alt))
        image.set("width", str(figure.width))
        image.set("height", str(figure.height))
        if figure.srcset:
            image.set("srcset", figure.srcset)
            image.set("sizes", FIGURE_SIZES)
        if self.shown_figures:
            image.set("loading", "lazy")
        image.set("decoding", "async")
        if figure.caption:
            etree.SubElement(element, "figcaption").text = storable(figure.caption)
        element.tail = tail
        self.shown_figures.append(figure.key)
        return element

    def _tables(self, root: etree._Element) -> None:
        for table in list(root.iter("table")):
            self.tables += 1
            finish_table(table, self.tables)
        for paragraph in root.xpath(".//p[@class='table-caption']"):
            self._problem(
                _("A table caption does not stand directly before a table: “%(text)s”.")
                % {"text": paragraph.text_content().strip()[:80]}
            )

    def _cite(self, root: etree._Element, where: str) -> None:
        # In reading order, which decides the numbers: what follows an element comes after
        # everything inside it.
        for event, node in list(etree.iterwalk(root, events=("start", "end"))):
            if event == "start" and "@" in (node.text or ""):
                node.text = self._cite_in(node.text, node, 0, where)
            elif event == "end" and node is not root and "@" in (node.tail or ""):
                parent = node.getparent()
                node.tail = self._cite_in(node.tail, parent, parent.index(node) + 1, where)

    def _cite_in(self, text: str, parent: etree._Element, at: int, where: str) -> str:
        """Put a mark for each citation into `parent` from place `at`; returns the text before."""
        before, last, end = "", None, 0
        for match in _CITATION.finditer(text):
            piece = text[end : match.start()]
            before, last = _append(before, last, piece)
            end = match.end()
            mark = self._mark(re.findall(r"@([\w-]+)", match[1]), where)
            if mark is not None:
                parent.insert(at, mark)
                at, last = at + 1, mark
        return _append(before, last, text[end:])[0]

    def _mark(self, keys: list[str], where: str) -> etree._Element | None:
        mark = etree.Element("sup", {"class": "cite"})
        # A word joiner: the number never begins a line of its own.
        mark.text = "\u2060"
        for key in keys:
            if key not in self.citations.references:
                self._problem(
                    _("The section “%(where)s” cites “%(key)s”, which is not among the references.")
                    % {"where": where, "key": key}
                )
                continue
            if len(mark):
                mark[-1].tail = " "
            mark.append(self.citations.link(key))
        return mark if len(mark) else None

    def _references(self) -> str:
        entries = []
        for number, key in enumerate(self.citations.order, start=1):
            reference = self.citations.references[key]
            entries.append(
                {
                    "number": number,
                    "reference": reference,
                    "authors": reference.authors.rstrip("."),
                    "title": reference.title.rstrip("."),
                    "uses": range(1, self.citations.uses[key] + 1),
                }
            )
        if not entries:
            return ""
        return render_to_string("articles/rendered/references.html", {"entries": entries})

    def _terms(self) -> str:
        return "".join(
            render_to_string(
                "articles/rendered/term_card.html",
                {"term": term, "definitions": definitions(term, self.level)},
            )
            for term in self.terms.values()
        )


def _append(
    before: str, last: etree._Element | None, piece: str
) -> tuple[str, etree._Element | None]:
    if last is None:
        return before + piece, None
    last.tail = (last.tail or "") + piece
    return before, last


def _group_callouts(root: etree._Element) -> None:
    """Paragraphs of one callout that follow each other share one box."""
    for paragraph in list(root.xpath(".//p[@class='callout']")):
        previous = paragraph.getprevious()
        if previous is None or (previous.tail or "").strip():
            continue
        if previous.tag == "p" and previous.get("class") == "callout":
            box = etree.Element("div", {"class": "callout"})
            previous.addprevious(box)
            del previous.attrib["class"]
            box.append(previous)
            previous = box
        if previous.tag == "div" and previous.get("class") == "callout":
            tail, paragraph.tail = paragraph.tail, None
            del paragraph.attrib["class"]
            previous.append(paragraph)
            previous.tail = tail


def _inner_html(root: etree._Element) -> str:
    """The content of an element as HTML, nothing around it."""
    parts = [escape_text(root.text, quote=False)] if root.text else []
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in root]
    return "".join(parts).strip()
