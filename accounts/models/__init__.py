"""People, the clinic, who cares for whom, and the record of who opened what."""

from .access import AccessEvent
from .care_team import CareRelationship
from .clinic import ClinicProfile
from .invitation import Invitation
from .mail import Mail
from .user import Role, User

__all__ = [
    "AccessEvent",
    "CareRelationship",
    "ClinicProfile",
    "Invitation",
    "Mail",
    "Role",
    "User",
]
