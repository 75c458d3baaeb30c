from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    """The patient's sleep diary and reflections."""

    name = "education.journal"
    label = "journal"
    verbose_name = _("journal")
