"""docs/conformance.md stays true: every item has an answer, every test that it names is there."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "conformance.md").read_text()
STRENGTHS = {**dict.fromkeys((1, 2, 3), "shall"), **dict.fromkeys((4, 7, 8, 9, 10), "should"),
             **dict.fromkeys((5, 6, 11), "may")}  # fmt: skip


def rows():
    """Each row: the number of its item, and the cells after it."""
    for line in PAGE.splitlines():
        if found := re.match(r"\| CPS\.8\.5#(\d\d) \| (.+) \|$", line):
            yield int(found[1]), found[2].split(" | ")


def test_each_item_has_one_answer_with_its_page_and_test():
    assert [number for number, _cells in rows()] == list(range(1, 12))
    for number, (strength, asks, where, test, state) in rows():
        assert strength == STRENGTHS[number] and asks
        assert re.match(r"met|partly|\*{0,2}not met", state), number
        if not state.startswith(("not", "**not")):
            assert "`/" in where or "manage.py" in where, number
            assert "::" in test, number


def test_the_tests_that_it_names_exist():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 20
    for path, function in named:
        assert f"def {function}(" in (ROOT / path).read_text(), (path, function)
