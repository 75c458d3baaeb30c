"""Spellings that a reader need not get right: accents, British and American, Greek letters."""

import re
import unicodedata

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa",
    "λ": "lambda", "μ": "mu", "ω": "omega",
}  # fmt: skip
_LETTERS = str.maketrans(
    {**{sign: f" {name} " for sign, name in _GREEK.items()}, "æ": "e", "œ": "e", "ø": "o"}
)
# British and American meet in the middle, and so do their beginnings while somebody types.
_SPELLINGS = [
    (re.compile(r"[ao]e"), "e"),
    (re.compile(r"ou"), "o"),
    (re.compile(r"z"), "s"),
    (re.compile(r"(?<=[bt])re\b"), "er"),
]


def loosely(text: str) -> str:
    """A text as it is searched: without case, accents, hyphens or a nation's spelling."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = re.sub(r"[\W_]+", " ", text.translate(_LETTERS))
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())
