"""A folder of content files with one article, as the tests of reading and refusing begin with."""

from education.articles.models import Article, Edition, Figure, Prompt, Reference, Section, Topic

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="340" height="252.4" viewBox="0 0 340 252">'
    "<title>A night</title><style>text { fill: url(#p) }</style>"
    '<rect width="10" height="10" fill="url(#p)"/><use href="#p"/></svg>'
)
ARTICLE = """\
title: Short nights
summary: What they do.
topics: [sleep]
audience: Adults
codes: {SNOMED CT: 106168000}
prompts:
  - How was your night?
  - What helped?
"""
LEVEL = """\
---
change_note: First edition.
figures:
  - key: night
    file: night.svg
    alt: A night.
    caption: One night.
---
Opening with "quotes", H~2~O and x^2^. [@aa-2011]

::: callout
Talk to *your* team.
:::

## Short nights {#short-nights}

- **Light:** go out [@aa-2011; @bb]

### Inside

> A quote.

{figure:night}

## {#no-heading}

Table: What is known

| Part | Effect |
|:--|--:|
| Deep | more [link](/journal/) |
"""
REFERENCES = """\
- key: aa-2011
  authors: "Leproult R"
  title: "Effect"
  year: 2011
  volume: 305
  doi: "10.1001/jama.2011.710"
  checked_on: 2026-11-23
- {key: bb, title: Other}
"""


def written(folder):
    """Write it: one article at one level."""
    article = folder / "articles" / "short-nights"
    (article / "figures").mkdir(parents=True)
    (folder / "topics.yaml").write_text("- {slug: sleep, name: Sleep}\n")
    (folder / "references.yaml").write_text(REFERENCES)
    (article / "article.yaml").write_text(ARTICLE)
    (article / "fundamentals.md").write_text(LEVEL)
    (article / "figures" / "night.svg").write_text(SVG)
    return folder


def put(folder, name, text):
    path = folder / "articles" / "short-nights" / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def everything():
    models = (Topic, Reference, Article, Prompt, Edition, Section, Figure)
    return [list(model.objects.order_by("pk").values_list()) for model in models]
