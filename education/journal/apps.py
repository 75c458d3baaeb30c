from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    """The patient's sleep diary and reflections."""

    name = "education.journal"
    label = "journal"
    verbose_name = _("journal")

    def ready(self) -> None:
        # Models are not there yet when this module is read.
        from accounts.privacy.parts import EXPIRIES, PARTS

        from .privacy import OLD_DRAFTS, PART

        PARTS.append(PART)
        EXPIRIES.append(OLD_DRAFTS)
