"""What tests of the editors' workplace post, and where."""

import io

from django.urls import reverse
from PIL import Image


def change_url(edition):
    return reverse("admin:articles_edition_change", args=[edition.pk])


def texts_of(response):
    return " ".join(str(message) for message in response.context["messages"])


def form_data(edition, **changes):
    """What the browser would post for this draft: its parts as they are, then the changes."""
    data = {
        "version": edition.updated_at.isoformat(),
        "change_note": edition.change_note,
        "grade_reason": edition.grade_reason,
        "_continue": "Save",
    }
    for prefix, rows, names in (
        ("sections", edition.sections.all(), ["heading", "key", "position", "body"]),
        ("figures", edition.figures.all(), ["key", "alt", "caption"]),
    ):
        for number, row in enumerate(rows):
            data[f"{prefix}-{number}-id"] = row.pk
            data[f"{prefix}-{number}-edition"] = edition.pk
            data |= {f"{prefix}-{number}-{name}": getattr(row, name) for name in names}
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
    return data | changes


def new_figure(upload, **fields):
    fields = {"key": "", "alt": "A curve.", "caption": ""} | fields
    return {"figures-TOTAL_FORMS": 1, "figures-0-image": upload} | {
        f"figures-0-{name}": value for name, value in fields.items()
    }


def png(size=(40, 30), **save):
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, "PNG", **save)
    return out.getvalue()


def article_data(article, **changes):
    return {
        "version": article.updated_at.isoformat(),
        "title": article.title,
        "slug": article.slug,
        "summary": article.summary,
        "audience": "",
        "codes": "{}",
        "prompts-TOTAL_FORMS": 0,
        "prompts-INITIAL_FORMS": 0,
        "_continue": "Save",
    } | changes
