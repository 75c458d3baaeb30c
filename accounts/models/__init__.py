"""People, the clinic, who cares for whom, and the record of who opened what."""

from .access import AccessChain, AccessEvent
from .care_team import CareRelationship
from .clinic import ClinicProfile
from .consent import AccountClosing, Consent, ConsentText
from .device import Device
from .invitation import Invitation
from .mail import Mail
from .user import Role, User

__all__ = [
    "AccessChain",
    "AccessEvent",
    "AccountClosing",
    "CareRelationship",
    "ClinicProfile",
    "Consent",
    "ConsentText",
    "Device",
    "Invitation",
    "Mail",
    "Role",
    "User",
]
