"""The way of an edition to the patient, and what a reviewer is shown to decide on it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST
from lxml import etree
from lxml import html as lxml_html

from education.articles.comparison import compare, edition_before
from education.articles.measured import panel
from education.articles.models import Edition, EditionStateError, Level, State
from education.articles.models.lifecycle import REVIEW_WITHIN_YEARS, next_review, refuse_review_day
from education.articles.pages import page_of

MAX_REASON = 2000


class NextReviewForm(forms.Form):
    """When an edition that is right today is to be looked at again."""

    next_review_on = forms.DateField(
        label=gettext_lazy("Next review"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial["next_review_on"] = next_review(today)
        self.fields["next_review_on"].help_text = _(
            "In a year, unless you choose another day; at most %(years)d years ahead."
        ) % {"years": REVIEW_WITHIN_YEARS}

    def clean_next_review_on(self) -> date | None:
        day: date | None = self.cleaned_data["next_review_on"]
        if day:
            refuse_review_day(day, self.today)
        return day


class SendBackForm(forms.Form):
    """What the author should change."""

    reason = forms.CharField(
        label=gettext_lazy("What should be changed"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Say what should be changed.")},
        help_text=gettext_lazy("The author reads this; it is kept among the steps."),
    )


class ReviewDesk:
    """For the admin of editions: submit, approve, send back, confirm and retire."""

    admin_site: Any
    opts: Any

    # --- Who may do what ----------------------------------------------------------------------

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.review_edition")

    def has_retire_permission(self, request: HttpRequest) -> bool:
        """Editors and reviewers: whoever finds that a text is wrong can take it away."""
        return self.has_review_permission(request) or request.user.has_perm(
            "articles.change_edition"
        )

    # --- What is shown ------------------------------------------------------------------------

    def review_context(
        self, request: HttpRequest, edition: Edition, may_change: bool
    ) -> dict[str, Any]:
        """What there is to know of an edition besides its form."""
        former = edition_before(edition)
        own = edition.author_id == request.user.pk
        may_review = self.has_review_permission(request)
        today = timezone.localdate(timezone=request.user.zone)
        context: dict[str, Any] = {
            "comparison": compare(former, edition) if former else None,
            "steps": list(edition.steps.select_related("by")),
            "is_own": own,
            "may_approve": may_review and edition.state == State.REVIEW,
            "may_confirm": may_review and not own and edition.state == State.PUBLISHED,
            "may_retire": self.has_retire_permission(request) and edition.state == State.PUBLISHED,
            "next_review_form": NextReviewForm(today=today),
            "send_back_form": SendBackForm(),
            "is_overdue": edition.state == State.PUBLISHED
            and edition.next_review_on is not None
            and edition.next_review_on < today,
        }
        if not may_change:
            sections = list(edition.sections.all())
            context |= {
                "patients_view": patients_view(edition, [section.key for section in sections]),
                "measures": [(section, panel(section.body, edition.level)) for section in sections],
            }
        return context

    # --- Addresses ----------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        def view(name: str, function: Callable[..., HttpResponse], how: Any = require_POST) -> Any:
            wrapped = self.admin_site.admin_view(how(function))
            return path(f"<int:pk>/{name}/", wrapped, name=f"articles_edition_{name}")

        return [
            view("submit", self.submit_view),
            view("publish", self.publish_view),
            view("send_back", self.send_back_view),
            view("confirm", self.confirm_view),
            view("retire", self.retire_view, require_http_methods(["GET", "HEAD", "POST"])),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def submit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand a saved draft to the reviewers."""
        if not self.has_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        edition = self._edition(request, pk)
        return self.move(
            request, edition, lambda: edition.submit(request.user), _("Submitted for review.")
        )

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve and publish, by a reviewer who is not the author."""
        edition = self._for_review(request, pk)
        form = self._next_review(request)
        if not form.is_valid():
            return self._again(request, edition, next_review_form=form)
        return self.move(
            request,
            edition,
            lambda: edition.publish(request.user, form.cleaned_data["next_review_on"]),
            _("Published. Patients read this edition from now on."),
            refused=_("Not published. First: %(reasons)s"),
        )

    def send_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return to the author, with the reason."""
        edition = self._for_review(request, pk)
        form = SendBackForm(request.POST)
        if not form.is_valid():
            return self._again(request, edition, send_back_form=form)
        return self.move(
            request,
            edition,
            lambda: edition.send_back(form.cleaned_data["reason"], request.user),
            _("Sent back to %(author)s.") % {"author": edition.author},
        )

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say of a published edition that it is still right."""
        edition = self._for_review(request, pk)
        form = self._next_review(request)
        if not form.is_valid():
            return self._again(request, edition, next_review_form=form)
        return self.move(
            request,
            edition,
            lambda: edition.confirm(request.user, form.cleaned_data["next_review_on"]),
            _("Confirmed. Patients see today’s date and your name beside the article."),
        )

    def retire_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a published edition away from patients, after a question."""
        if not self.has_retire_permission(request):
            raise PermissionDenied
        edition = self._edition(request, pk)
        if request.method == "POST":
            return self.move(
                request,
                edition,
                lambda: edition.retire(request.user),
                _("Retired. Patients can no longer open this edition."),
            )
        if edition.state != State.PUBLISHED:
            self.message_user(  # type: ignore[attr-defined]
                request, _("Only a published edition can be retired."), messages.ERROR
            )
            return self._to(edition)
        return self._ask_before_retiring(request, edition)

    def _ask_before_retiring(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        others = Edition.objects.filter(article=edition.article_id)
        published = others.filter(state=State.PUBLISHED).exclude(pk=edition.pk)
        levels = {one.level for one in published}
        left = [str(level.label) for level in Level if level in levels]
        in_work = others.filter(level=edition.level, state__in=[State.DRAFT, State.REVIEW]).first()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Retire this edition?"),
            "opts": self.opts,
            "original": edition,
            "in_work": in_work,
            "levels_left": left,
            "what_is_left": ngettext(
                "Patients can still read %(count)d other level of this article: %(levels)s.",
                "Patients can still read %(count)d other levels of this article: %(levels)s.",
                len(left),
            )
            % {"count": len(left), "levels": ", ".join(left)},
        }
        return TemplateResponse(request, "admin/articles/edition/retire_confirmation.html", context)

    # --- Steps in common ----------------------------------------------------------------------

    def _for_review(self, request: HttpRequest, pk: int) -> Edition:
        if not self.has_review_permission(request):
            raise PermissionDenied
        return self._edition(request, pk)

    def _edition(self, request: HttpRequest, pk: int) -> Edition:
        edition = self.get_object(request, str(pk))  # type: ignore[attr-defined]
        if edition is None:
            raise Http404
        return edition

    @staticmethod
    def _next_review(request: HttpRequest) -> NextReviewForm:
        today = timezone.localdate(timezone=request.user.zone)
        return NextReviewForm(request.POST, today=today)

    def _again(self, request: HttpRequest, edition: Edition, **forms: Any) -> HttpResponse:
        """The page once more, with what was typed and what is wrong with it."""
        # Nothing is saved by this answer: the page is built as for somebody who opens it.
        request.method = "GET"
        response: HttpResponse = self.change_view(  # type: ignore[attr-defined]
            request, str(edition.pk), extra_context={"typed_forms": forms}
        )
        response.status_code = 422 if response.status_code == 200 else response.status_code
        return response

    def move(
        self,
        request: HttpRequest,
        edition: Edition,
        move: Callable[[], None],
        done: str,
        refused: str = "%(reasons)s",
    ) -> HttpResponse:
        """Change the state, or say why it can't be changed."""
        try:
            move()
        except EditionStateError as error:
            # Findings have a sentence before them; everything else says itself what it is.
            findings = all(one.code == "finding" for one in error.error_list)
            words = (refused if findings else "%(reasons)s") % {"reasons": " ".join(error.messages)}
            self.message_user(request, words, messages.ERROR)  # type: ignore[attr-defined]
        else:
            self.log_change(request, edition, done)  # type: ignore[attr-defined]
            self.message_user(request, done, messages.SUCCESS)  # type: ignore[attr-defined]
        return self._to(edition)

    @staticmethod
    def _to(edition: Edition) -> HttpResponse:
        return redirect("admin:articles_edition_change", edition.pk)


# --- The page of the patient, inside another page ---------------------------------------------

_NAMES = ("popovertarget", "for", "aria-labelledby", "aria-describedby", "aria-controls", "headers")


def patients_view(edition: Edition, keys: list[str]) -> dict[str, str]:
    """Text, references and term cards as the reader shows them, fit for a page around them.

    Its ids would meet those of the admin's page, so they get a prefix; the sections get the ids
    of their forms, to which the findings lead.
    """
    page = page_of(edition)
    places = {key: f"sections-{number}" for number, key in enumerate(keys)}
    return {
        "body": _inside(page.body_html, places),
        "references": _inside(page.references_html, places),
        "terms": _inside(page.terms_html, places),
    }


def _inside(html: str, places: dict[str, str]) -> str:
    if not html.strip():
        return ""

    def renamed(name: str) -> str:
        return places.get(name) or f"page-{name}"

    root = lxml_html.fragment_fromstring(
        html, create_parent="div", parser=lxml_html.HTMLParser(huge_tree=True)
    )
    for element in root.iter(etree.Element):
        if name := element.get("id"):
            element.set("id", renamed(name))
        if (element.get("href") or "").startswith("#"):
            element.set("href", f"#{renamed(element.get('href')[1:])}")
        for attribute in _NAMES:
            if value := element.get(attribute):
                element.set(attribute, " ".join(renamed(name) for name in value.split()))
        if element.tag in ("h2", "h3", "h4"):
            # Its place among the headings of the page around it.
            element.set("aria-level", str(int(element.tag[1]) + 1))
    parts = [etree.tostring(child, encoding="unicode", method="html") for child in root]
    return mark_safe("".join(parts))  # noqa: S308
