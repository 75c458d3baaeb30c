"""manage.py export_content: articles, references and glossary as files that can be read."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from education.articles.content_files import ContentFileError, read_folder
from education.articles.content_files.exporting import export, write


class Command(BaseCommand):
    help = (
        "Write published articles with their references, prompts and figures, and the glossary, "
        "into a folder that import_content reads. fixtures/README.md describes the files."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", help="A new or empty folder.")
        parser.add_argument(
            "--article",
            nargs="+",
            action="extend",
            default=[],
            metavar="SLUG",
            help="Only these articles, with what they need, without the glossary.",
        )
        parser.add_argument(
            "--drafts", action="store_true", help="The newest edition of each level instead."
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="Replace an older export in the folder; other files in it stay.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["path"])
        try:
            with transaction.atomic():
                done = export(options["article"], drafts=options["drafts"])
            write(done, path, force=options["force"])
        except (ContentFileError, OSError) as error:
            raise CommandError(f"Nothing was exported.\n{error}") from error
        self.stdout.write(str(done))
        try:
            read_folder(path)
        except ContentFileError as error:
            # A draft may lack what an import asks for.
            self.stderr.write(f"To be put right before it can be imported again:\n{error}")
