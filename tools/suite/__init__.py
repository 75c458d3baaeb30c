"""`make test`: every check and test, part by part, with a summary at the end.

usage: python -m tools.suite [PART ...]    (all when none is named; "lint" names all the checks)

A part whose program is missing installs it where it may (Debian, root); otherwise it is left
out and the summary says so, or fails when REQUIRE_ALL is set.
"""
