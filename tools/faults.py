"""`make faults`: kills, fills and restarts what a portal stands on, and says what came of it.

usage: tools/faults.py [-k NAME]   (further arguments are pytest's)
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402

from tools.postgres import find_server_programs  # noqa: E402


def main(arguments: list[str]) -> int:
    if find_server_programs() is None:
        print("PostgreSQL is not on this machine. On Debian: apt-get install postgresql")
        return 1
    begun = time.monotonic()
    code = pytest.main(["-m", "faults", "-p", "no:cacheprovider", "-q", "tests/faults", *arguments])
    minutes, seconds = divmod(round(time.monotonic() - begun), 60)
    print(f"{'All of it held' if code == 0 else 'SOMETHING GAVE WAY'}. {minutes} min {seconds} s.")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
