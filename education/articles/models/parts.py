"""What an edition is made of: sections of rich text, and figures."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_prose_editor.fields import ProseEditorField

from education.articles import richtext
from education.glossary.images import narrower_name

from .edition import Edition


class EditionPart(models.Model):
    """Anything that belongs to an edition and is fixed once the edition is out of draft."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.edition.refuse_change_unless_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.edition.refuse_change_unless_draft()
        return super().delete(*args, **kwargs)


class Section(EditionPart):
    """A part of an edition. Sections of other levels with the same key treat the same matter,
    so that a reader who switches level lands in the same place."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    key = models.SlugField(
        _("key"),
        max_length=60,
        help_text=_(
            "The same in every level that treats the same matter, for example short-nights."
        ),
    )
    heading = models.CharField(
        _("heading"), max_length=160, blank=True, help_text=_("May be left empty.")
    )
    body = ProseEditorField(
        _("text"), blank=True, extensions=richtext.EXTENSIONS, sanitize=richtext.clean
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "key"],
                name="articles_section_key_once",
                violation_error_message=_("Another section of this edition has this key."),
            ),
            models.CheckConstraint(condition=~Q(key=""), name="articles_section_has_key"),
        ]

    def __str__(self) -> str:
        return self.heading or self.key

    def clean(self) -> None:
        super().clean()
        if len(self.body) > 200_000:
            raise ValidationError(
                {"body": _("This section is too long to be read. Divide it into several.")}
            )


class Figure(EditionPart):
    """A picture that informs, placed in the text as {figure:key}."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="figures")
    key = models.SlugField(
        _("key"),
        max_length=60,
        help_text=_("Place it in the text as {figure:key} on its own line."),
    )
    image = models.FileField(
        _("image"),
        upload_to="",
        max_length=200,
        validators=[FileExtensionValidator(["png", "jpg", "jpeg", "webp", "svg"])],
    )
    width = models.PositiveIntegerField(_("width in pixels"), editable=False)
    height = models.PositiveIntegerField(_("height in pixels"), editable=False)
    # Narrower copies of the picture that are stored beside it; none for drawings (SVG).
    widths = models.JSONField(_("widths in pixels"), default=list, editable=False)
    alt = models.CharField(
        _("alternative text"),
        max_length=500,
        blank=True,
        help_text=_("What one should see, in one or two sentences, for whoever cannot see it."),
    )
    caption = models.CharField(_("caption"), max_length=400, blank=True)
    decorative = models.BooleanField(
        _("decorative"),
        default=False,
        help_text=_("The picture says nothing that the text does not say; no alternative text."),
    )

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "key"],
                name="articles_figure_key_once",
                violation_error_message=_("Another figure of this edition has this key."),
            ),
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0), name="articles_figure_has_size"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def srcset(self) -> str:
        """The picture at its widths, for the browser to choose from; "" where there is one."""
        if not self.widths or not self.image.name:
            return ""
        name, storage = self.image.name, self.image.storage
        copies = [f"{storage.url(narrower_name(name, width))} {width}w" for width in self.widths]
        return ", ".join([*copies, f"{self.image.url} {self.width}w"])
