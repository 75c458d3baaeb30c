"""How long the glossary marks of a long text take: `python -m tests.benchmarks.annotate`.

5,000 words against 5,000 terms, each with two further labels, should take under 150 ms. It
exits with an error when it does not.
"""

import random
import statistics
import sys
import time

from education.glossary.annotate import TermEntry, TermIndex, annotate

WORDS = 5_000
TERMS = 5_000
LIMIT_MS = 150
ROUNDS = 15


def vocabulary(chance: random.Random) -> list[str]:
    """8,000 different words of three to eleven letters."""
    letters = "abcdefghiklmnoprstuvα"
    words = {"".join(chance.choices(letters, k=chance.randint(3, 11))) for _ in range(9_000)}
    return sorted(words)[:8_000]


def terms(words: list[str], chance: random.Random) -> list[TermEntry]:
    """Terms of one to four words, many of which begin alike."""
    entries = []
    for number in range(TERMS):
        name = " ".join(chance.choices(words[:3_000], k=chance.randint(1, 4)))
        labels = ((name, False), (f"{name} {chance.choice(words)}", False), (f"T{number}-α", True))
        entries.append(TermEntry(f"term-{number}", name, "Plain.", "Technical.", labels))
    return entries


def text(words: list[str], entries: list[TermEntry], chance: random.Random) -> str:
    """Paragraphs of a hundred words, one word in ten a term."""
    pieces = [
        chance.choice(entries).labels[0][0] if chance.random() < 0.1 else chance.choice(words)
        for _ in range(WORDS)
    ]
    paragraphs = (pieces[at : at + 100] for at in range(0, WORDS, 100))
    return "".join(f"<p>{' '.join(part)}, <em>and</em> so on.</p>" for part in paragraphs)


def main() -> int:
    chance = random.Random(7)  # noqa: S311
    words = vocabulary(chance)
    entries = terms(words, chance)
    started = time.perf_counter()
    index = TermIndex(entries)
    built = (time.perf_counter() - started) * 1000
    html = text(words, entries, chance)
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        result = annotate(html, "academic", index)
        times.append((time.perf_counter() - started) * 1000)
    median = statistics.median(times)
    print(
        f"{len(html.split())} words, {TERMS} terms, {len(result.terms)} marks: "
        f"median {median:.0f} ms of {ROUNDS}, slowest {max(times):.0f} ms "
        f"(limit {LIMIT_MS} ms); the index is built once in {built:.0f} ms"
    )
    return 0 if median < LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
