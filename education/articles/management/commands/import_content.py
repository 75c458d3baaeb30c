"""manage.py import_content: glossary, references and articles that are kept as files."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Role, User
from education.articles.content_files import ContentFileError, load_articles
from education.articles.content_files.term_figures import load_term_figures
from education.glossary.loading import GlossaryFileError, load_glossary


class Command(BaseCommand):
    help = (
        "Import glossary, references and articles from a folder, or one article from a Markdown "
        "file, all or nothing. New text becomes a draft; published editions stay as they are. "
        "It can be repeated. fixtures/README.md describes the files."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", default=str(settings.BASE_DIR / "fixtures"))
        parser.add_argument("--author", help="E-mail address of the editor who becomes the author.")
        parser.add_argument(
            "--replace-drafts",
            action="store_true",
            help="Replace drafts also where somebody has written in them since the last import.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["path"])
        author = self._author(options["author"])
        reports: list[Any] = []
        try:
            with transaction.atomic():
                if (path / "glossary.csv").exists():
                    reports.append(load_glossary(path / "glossary.csv"))
                    drawn = load_term_figures(path / "glossary.csv")
                    reports += [f"Figures of terms: {', '.join(drawn)}."] if drawn else []
                replace = options["replace_drafts"]
                reports.append(load_articles(path, author=author, replace_drafts=replace))
        except (ContentFileError, GlossaryFileError) as error:
            raise CommandError(f"Nothing was imported.\n{error}") from error
        for report in reports:
            self.stdout.write(str(report))

    def _author(self, email: str | None) -> User:
        editors = User.objects.filter(role=Role.EDITOR, is_active=True)
        if email:
            author = editors.filter(email__iexact=email).first()
            if author is None:
                raise CommandError(f"No editor has the address {email}.")
            return author
        author = editors.order_by("pk").first()
        if author is None:
            raise CommandError("There is no editor yet. Invite one, or name one with --author.")
        return author
