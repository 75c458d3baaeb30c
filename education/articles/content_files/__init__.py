"""Articles kept as files: Markdown with front matter, YAML and pictures."""

from .exporting import export, write
from .files import ContentFileError, read_folder
from .loading import ContentReport, load_articles

__all__ = [
    "ContentFileError",
    "ContentReport",
    "export",
    "load_articles",
    "read_folder",
    "write",
]
