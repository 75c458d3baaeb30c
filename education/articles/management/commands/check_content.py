"""manage.py check_content: what keeps editions from patients, and what is worth a look."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files.storage import InMemoryStorage, default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import F, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat

from accounts.models import ClinicProfile, Role, User
from education.articles.content_files import ContentFileError, load_articles
from education.articles.findings import Finding, clinic_findings, text_findings
from education.articles.models import Article, Edition, Reference, State
from education.glossary.loading import GlossaryFileError, load_glossary


class Command(BaseCommand):
    help = (
        "List what is open in editions: those made from the content files of a folder, or those "
        "in the database that are not retired. Fails when something blocks publishing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", nargs="?", type=Path, help="A folder of content files, for example fixtures."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.editions = self.blocking = self.advice = 0
        path: Path | None = options["path"]
        if path is None:
            self._check_database()
        else:
            with _nothing_stays():
                self._check_folder(path)
        self.stdout.write(
            f"{self.editions} editions, {self.blocking} findings that block, "
            f"{self.advice} to look at"
        )
        if self.blocking:
            raise CommandError("There are findings that block publishing.", returncode=1)

    # --- What is checked --------------------------------------------------------------------

    def _check_database(self) -> None:
        editions = Edition.objects.exclude(state=State.RETIRED).select_related("article")
        for edition in editions.order_by("article__slug", "level", "number").iterator(50):
            name = f"{edition.article.slug}, {edition.level}, edition {edition.number}"
            self.editions += 1
            self._report(f"{name} ({edition.get_state_display()})", text_findings(edition))
        # The notices are the same under all of them.
        self._report(str(ClinicProfile._meta.verbose_name), list(clinic_findings()))

    def _check_folder(self, path: Path) -> None:
        for edition in _load(path):
            file = path / "articles" / edition.article.slug / f"{edition.level}.md"
            name = str(file) if file.exists() else f"{edition.article.slug}, {edition.level}"
            self.editions += 1
            self._report(name, text_findings(edition))
        if not self.editions:
            raise CommandError(f"{path}: there is nothing to check.")

    def _report(self, name: str, found: list[Finding]) -> None:
        for finding in found:
            self.blocking += finding.blocks
            self.advice += not finding.blocks
            how = "blocks" if finding.blocks else "look"
            # Most findings say themselves where they are.
            quoted = finding.label.partition("“")[2].rstrip("”")
            place = "" if quoted and quoted in finding.text else f" {finding.label}:"
            self.stdout.write(f"{how:6}  {name}:{place} {finding.text}")


def _load(path: Path) -> list[Edition]:
    """The editions that the files of a folder make. Raises CommandError for a broken file."""
    # The files are checked by themselves: whatever is in the database steps aside.
    aside = Concat(Value("aside-"), Cast(F("pk"), CharField()))
    Article.objects.update(slug=aside)
    if (path / "references.yaml").exists():
        Reference.objects.all().delete()
    before = set(Article.objects.values_list("pk", flat=True))
    author = User.objects.create(
        email="check-content@example.invalid", name="check_content", role=Role.EDITOR
    )
    try:
        if (path / "glossary.csv").exists():
            load_glossary(path / "glossary.csv")
        load_articles(path, author=author)
    except (ContentFileError, GlossaryFileError) as error:
        raise CommandError(str(error)) from error
    made = Edition.objects.exclude(article__in=before).select_related("article")
    return list(made.order_by("article__slug", "level"))


@contextmanager
def _nothing_stays() -> Iterator[None]:
    """Neither in the database nor among the pictures: a check leaves nothing behind."""
    storage: Any = default_storage
    real = storage._wrapped
    storage._wrapped = InMemoryStorage()
    try:
        with transaction.atomic():
            try:
                yield
            finally:
                transaction.set_rollback(True)
    finally:
        storage._wrapped = real
