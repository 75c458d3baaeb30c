from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReadingConfig(AppConfig):
    name = "education.reading"
    verbose_name = _("Reading")

    def ready(self) -> None:
        # Models are not there yet when this module is read.
        from accounts.mail.writing import WRITERS
        from accounts.models import Mail
        from accounts.privacy.parts import PARTS

        from .notices import WRITER
        from .privacy import PART

        WRITERS[Mail.Kind.READING] = WRITER
        PARTS.append(PART)
