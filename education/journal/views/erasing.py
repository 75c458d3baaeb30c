"""Deleting the whole journal, for good."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audience import audience
from accounts.models import Role
from accounts.privacy.middleware import before_consent
from education.journal import privacy
from education.journal.views.asking import require_form, sent
from education.journal.views.search import KEPT

# What has to be typed; also in its translation.
WORD = gettext_lazy("delete")


class DeleteAllForm(forms.Form):
    """A word that nobody types by accident."""

    word = forms.CharField(max_length=40, required=False)

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if word.strip().casefold() != str(WORD).casefold():
            raise forms.ValidationError(_("Type the word “%(word)s”.") % {"word": WORD})
        return word

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["word"]
        field.label = _("Type “%(word)s” to go on") % {"word": WORD}
        field.widget.attrs |= {"autocomplete": "off", "autocapitalize": "none"}


@before_consent
@audience(Role.PATIENT)
@require_form
def delete_all(request: HttpRequest) -> HttpResponse:
    """Say what goes, ask for a word, then delete every entry and what was begun."""
    form = DeleteAllForm(sent(request))
    if request.method == "POST" and form.is_valid():
        privacy.erase(request.user)
        request.session.pop(KEPT, None)
        messages.success(request, _("Your journal is empty. What was in it is gone for good."))
        return redirect("journal:index")
    context = {"form": form, "holds": privacy.holds(request.user)}
    return render(request, "journal/delete_all.html", context)
