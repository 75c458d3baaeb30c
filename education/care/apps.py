from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CareConfig(AppConfig):
    name = "education.care"
    verbose_name = _("Care")

    def ready(self) -> None:
        # Models are not there yet when this module is read.
        from accounts.privacy.parts import EXPIRIES, PARTS

        from .privacy import OLD_APPROVALS, PART

        PARTS.append(PART)
        EXPIRIES.append(OLD_APPROVALS)
