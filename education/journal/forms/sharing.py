"""The form of what new entries begin with."""

from django.utils.translation import gettext_lazy

from education.journal.models import Preferences

from .styled import StyledForm


class NewEntriesForm(StyledForm):
    """What of a new entry is shared unless its writer decides otherwise while writing."""

    class Meta:
        model = Preferences
        fields = ["shares_numbers", "shares_words", "shares_reflections"]
        labels = {
            "shares_numbers": gettext_lazy("The numbers of new nights"),
            "shares_words": gettext_lazy("My words about new nights: note and medicine"),
            "shares_reflections": gettext_lazy("New reflections"),
        }
