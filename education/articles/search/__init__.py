"""Finding articles by what they say: `find`, and `catch_up`, which keeps the index complete.

The words of a text are found, folded and stemmed here, in Python, once for both databases; these
keep what comes out in their own full-text index (a weighted tsvector, FTS5) and search it. So both
find the same, no extension has to be installed, and what was found can be marked in the text.

- `words`: from a text to the words under which it is found
- `query`: from what somebody typed to what is looked for, glossary labels included
- `index`: the index in either database, and what is kept in it
- `excerpt`: the part of a text that answers, with its words marked
"""

from .finding import Found, Hit, Results, find
from .index import catch_up

__all__ = ["Found", "Hit", "Results", "catch_up", "find"]
