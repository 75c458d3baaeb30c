"""What somebody might send who means no good, or whose machine is broken."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

# Stands in what is sent as the beginning of a tag: no answer may hold it as it is.
TAG = "<canary-tag"
# What a template or a formula would make of it.
MADE = "51317"

TEXTS = [
    "a\x00b",
    "\ud800x",
    "\udfff",
    f"\"'>{TAG} onload=1>",
    "{{ 7331|add:7 }}{% debug %}${7331*7}{{7331*7}}",
    "' OR 1=1; DROP TABLE accounts_user; --",
    "%s%n{0}{0.__class__}%(x)s",
    "\u202e\u2066\ufeff\u200b\u0301",
    "Z" + "\u0335" * 3000,
    "\U0001f319" * 400,
    "\r\nSet-Cookie: x=1\r\nX-Injected: 1",
    "../../../../etc/passwd",
    "=HYPERLINK(1)",
    "javascript:alert(1)",
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "x" * 60_000,
    "",
    " \t\n\u2028",
]
NUMBERS = [
    "-1",
    "0",
    "-0",
    "1" + "0" * 400,
    "9" * 30,
    "9" * 5000,
    "9223372036854775808",
    "2147483648",
    "1e400",
    "NaN",
    "-Infinity",
    "\u0661\u0662",
    "\uff11",
    "\u00b2",
    "1_000",
    "0x10",
    "1.5",
]
DAYS = [
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-29",
    "2026-W48-1",
    "-2026-01-01",
    "24:00",
    "23:59:60",
    "\u0662\u0663:\u0665\u0669",
    "9999-12-31T23:59:59+14:00",
]
SHAPES = [
    "[" * 5000,
    '{"a":' * 3000,
    "null",
    "[[], {}]",
    '{"__proto__": 1, "a": "\\ud800\\u0000"}',
    "1" * 4500,
    "on",
    "true",
    "00000000-0000-0000-0000-000000000000",
    "a@b@c",
    "x@" + "\u00fc" * 200 + ".org",
]
VALUES = TEXTS + NUMBERS + DAYS + SHAPES

# Fields that no form of ours has, and that somebody may hope for.
UNASKED = {
    "role": "administrator",
    "is_staff": "on",
    "is_superuser": "1",
    "is_active": "",
    "may_review": "on",
    "user": "1",
    "user_id": "1",
    "pk": "1",
    "id": "1",
    "state": "published",
    "patient_id": "1",
    "next": "https://evil.example/",
    "_method": "DELETE",
    "name[]": "x",
    "__all__": "x",
}

BODIES = [
    ("application/json", b'{"a": [' * 20_000),
    ("application/json", b'{"a": "\\ud800\\u0000", "a": 1}'),
    ("application/json", b"[1, null, {}]"),
    ("application/json", b"1" * 6000),
    ("application/x-www-form-urlencoded", b"&" * 20_000),
    ("application/x-www-form-urlencoded", b"=&%&%%&%zz=%ff&\xff=\x00&a[b][]=1"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=" % n for n in range(1100))),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a'),
    ("multipart/form-data; boundary=x",
     b'--x\r\nContent-Disposition: form-data; name="f"; filename="../../\x00.svg"\r\n'
     b"Content-Transfer-Encoding: base64\r\n\r\n!!!!\r\n--x--\r\n"),
    ("text/xml", b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><x>&c;</x>'),
    ("application/octet-stream", bytes(range(256)) * 40),
    ("", b"\x00"),
]  # fmt: skip

FILES = [
    ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>1</script></svg>'),
    ("../../x.csv", b"\xff\xfe\x00"),
    ("x" * 300 + ".png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100),
    ("x\x00.csv", b"a,b\n" + b'"' * 5000),
    ("x.xlsx", b"PK\x03\x04" + b"\x00" * 200),
    ("", b""),
    ("x.ris", b"TY  - JOUR\nTI  - \x00\xed\xa0\x80\nPY  - 99999\nER  -\n" * 50),
]


def encoded(fields: list[tuple[str, str]]) -> bytes:
    """A form's body; what is no text goes as the bytes that a broken program sends."""
    return urlencode(fields, errors="surrogatepass").encode()


def multipart(fields: list[tuple[str, str]], files: list[tuple[str, str, bytes]]) -> bytes:
    """A form's body with files, as whatever they are called; the boundary is B."""
    lines = [
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode(
            errors="surrogatepass"
        )
        for name, value in fields
    ]
    for name, file_name, content in files:
        head = f'--B\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"'
        lines.append(head.encode(errors="surrogatepass") + b"\r\n\r\n" + content + b"\r\n")
    return b"".join(lines) + b"--B--\r\n"


class Form:
    """A form on a page: where it leads, and its fields as they stand."""

    def __init__(self, action: str, method: str) -> None:
        self.action, self.method = action, method
        self.fields: list[tuple[str, str]] = []
        self.files: list[str] = []
        self.buttons: list[tuple[str, str]] = []

    @property
    def names(self) -> list[str]:
        own = [name for name, _value in [*self.fields, *self.buttons]]
        return [one for one in dict.fromkeys(own) if one != "csrfmiddlewaretoken"]


class Forms(HTMLParser):
    """Finds the forms of a page; `found` has them after feed()."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.found: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.open: Form | None = None
        self.strays: list[tuple[str, str, dict[str, Any]]] = []
        self.select: tuple[Form, str, list[str]] | None = None

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        has = {name: value or "" for name, value in attributes}
        if tag == "form":
            action = (has.get("action") or self.path).partition("#")[0]
            self.open = Form(action, has.get("method", "get").upper())
            self.found.append(self.open)
            self.by_id[has.get("id", "")] = self.open
            return
        form = self.by_id.get(has["form"]) if "form" in has else self.open
        name = has.get("name", "")
        if tag == "option" and self.select is not None:
            self.select[2].append(has.get("value", ""))
        if form is None or not name or tag not in ("input", "select", "textarea", "button"):
            return
        kind = has.get("type", "submit" if tag == "button" else "text")
        if tag == "select":
            self.select = (form, name, [])
        elif kind == "submit":
            form.buttons.append((name, has.get("value", "")))
        elif kind == "file":
            form.files.append(name)
        else:
            form.fields.append((name, has.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select" and self.select is not None:
            form, name, options = self.select
            form.fields.append((name, options[-1] if options else ""))
            self.select = None


def forms_of(path: str, page: str) -> list[Form]:
    parser = Forms(path)
    parser.feed(page)
    return parser.found


def parameters() -> list[str]:
    """Every name that our code asks a query string for, and the admin's own."""
    asked = re.compile(r"""GET(?:\.get|\.getlist)?[(\[]\s*"(\w+)\"""")
    found = set()
    for room in ("accounts", "education", "portal"):
        for file in (Path(settings.BASE_DIR) / room).rglob("*.py"):
            found |= set(asked.findall(file.read_text()))
    admins = {"o", "p", "all", "e", "q", "_popup", "_to_field", "_changelist_filters",
              "id__exact", "role__exact", "state", "reviewers", "work", "checked",
              "topics__id__exact", "name__regex", "date_joined__year", "app_label",
              "model_name", "field_name", "term", "object_id"}  # fmt: skip
    return sorted(found | admins | {"patient", "start", "part", "pick", "minutes", "next", "do"})
