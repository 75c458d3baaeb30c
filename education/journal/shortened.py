"""Long texts in two parts: how they begin, and the rest for whoever wants to read on."""

SHOWN = 600
# A rest that is shorter than this is not worth a button.
SHORTEST_REST = 200
# How far back from there to look for a good place to cut.
REACH = 200


def in_two(text: str) -> tuple[str, str]:
    """How a text begins and the rest of it, cut at a line, a sentence or a word.

    Both parts together hold every word. The rest is empty where the text is short enough.
    """
    if len(text) < SHOWN + SHORTEST_REST:
        return text, ""
    near = text[SHOWN - REACH : SHOWN]
    for ends in (("\n",), (". ", "? ", "! "), (" ",)):
        cut = max(near.rfind(end) for end in ends)
        if cut >= 0:
            at = SHOWN - REACH + cut + 1
            return text[:at].rstrip(), text[at:].lstrip()
    return text[:SHOWN], text[SHOWN:]
