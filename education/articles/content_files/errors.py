"""What is said about a content file that can't be loaded."""

from pathlib import Path


class ContentFileError(Exception):
    """A content file that can't be loaded, with the place and the reason."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        self.file = path
        self.line = line
        self.reason = reason
        place = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{place}: {reason}")
