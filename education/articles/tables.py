"""Tables as the reader shows them: with header cells, a caption, and legible on a phone."""

import re

from django.utils.translation import gettext as _
from lxml import etree

_CITATION = re.compile(r"\[\s*@[^\[\]]*\]")


def finish_table(table: etree._Element, number: int) -> None:
    """Give a stored table its head, scopes, caption, labels and a box that scrolls.

    On a phone each row becomes a card: every cell then needs its column's header beside it
    (data-label), and every part its role, which some browsers drop with the table's layout.
    """
    rows = table.xpath("./tr | ./thead/tr | ./tbody/tr")
    for row in rows:
        for cell in row:
            _unwrap_paragraph(cell)
    head = rows[0] if rows and all(cell.tag == "th" for cell in rows[0]) and len(rows) > 1 else None
    for part in table.xpath("./thead | ./tbody"):
        table.remove(part)
    for row in table.xpath("./tr"):
        table.remove(row)
    table.text = None
    table.set("role", "table")
    caption = _take_caption(table)
    if caption is not None:
        caption.set("id", f"table-{number}")
        table.append(caption)
    if head is not None:
        _append_part(table, "thead", [head])
    _append_part(table, "tbody", [row for row in rows if row is not head])
    _label(head, [row for row in rows if row is not head])
    _wrap(table, number, caption)


def _unwrap_paragraph(cell: etree._Element) -> None:
    """The editor puts every cell's text into a paragraph; a single one is not needed."""
    if len(cell) != 1 or cell[0].tag != "p" or (cell.text or "").strip():
        return
    if not (cell[0].tail or "").strip():
        cell[0].tail = None
        cell.text = None
        cell[0].drop_tag()


def _take_caption(table: etree._Element) -> etree._Element | None:
    """The caption paragraph directly before the table, as a caption element."""
    before = table.getprevious()
    if before is None or before.tag != "p" or before.get("class") != "table-caption":
        return None
    if (before.tail or "").strip():
        return None
    before.tail = None
    before.getparent().remove(before)
    before.tag = "caption"
    del before.attrib["class"]
    return before


def _append_part(table: etree._Element, tag: str, rows: list[etree._Element]) -> None:
    part = etree.SubElement(table, tag, {"role": "rowgroup"})
    part.extend(rows)
    for row in rows:
        row.set("role", "row")


def _label(head: etree._Element | None, rows: list[etree._Element]) -> None:
    labels: list[str] = []
    if head is not None:
        for cell in head:
            text = " ".join(_CITATION.sub("", cell.text_content()).split())
            if text:
                cell.set("scope", "col")
                cell.set("role", "columnheader")
            else:
                # A header cell without words says nothing to anybody.
                cell.tag = "td"
                cell.set("role", "cell")
            labels += [text] * _span(cell, "colspan")
    taken: dict[int, int] = {}
    for row in rows:
        column = 0
        below: dict[int, int] = {}
        for cell in row:
            while taken.get(column):
                column += 1
            width = _span(cell, "colspan")
            if cell.tag == "th":
                cell.set("scope", "row")
                cell.set("role", "rowheader")
            else:
                cell.set("role", "cell")
                if column < len(labels) and labels[column]:
                    cell.set("data-label", labels[column])
            if (height := _span(cell, "rowspan")) > 1:
                below.update(dict.fromkeys(range(column, column + width), height))
            column += width
        taken = {place: left - 1 for place, left in (taken | below).items() if left > 1}


def _span(cell: etree._Element, name: str) -> int:
    value = cell.get(name, "1")
    return int(value) if value.isdecimal() and value.isascii() else 1


def _wrap(table: etree._Element, number: int, caption: etree._Element | None) -> None:
    box = etree.Element("div", {"class": "table-scroll", "role": "region", "tabindex": "0"})
    if caption is not None:
        box.set("aria-labelledby", f"table-{number}")
    else:
        box.set("aria-label", _("Table %(number)d") % {"number": number})
    tail, table.tail = table.tail, None
    table.getparent().replace(table, box)
    box.append(table)
    box.tail = tail
