"""Assigning to many, from the caseload: what, how, a look at what everybody gets, done.

Every step is a POST that carries what the steps before have said: neither who was chosen nor
what was searched for stands in an address, and nothing is lost on the way or on an error.
"""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.audience import audience
from accounts.models import AccessEvent, Role, User
from education.articles.models import Article, Edition, Level
from education.articles.richtext import storable
from education.care.bulk import MOST_AT_ONCE, Chosen, Plan, What, plan_of
from education.care.bulk.forms import HowForm, form_for
from education.care.bulk.what import LAST, measures
from education.care.bulk.who import names_of
from education.care.caseload import Place
from education.reading.assigning import assign
from education.reading.models import Outcome, Programme
from education.reading.programmes import plans

from .caseload import address
from .saying import say

MOST_ASSIGNMENTS = 20_000


@audience(Role.CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """Assign something to the patients chosen on the caseload, in three steps."""
    if request.method != "POST":
        # Back from signing in, or a typed address: nobody is chosen there.
        return redirect("care:caseload")
    chosen = Chosen.read(request.user, request.POST)
    what = What.read(request.user, request.POST)
    if refusal := _refusal(chosen):
        messages.warning(request, refusal)
        return redirect(_back(request, chosen, what))
    step = request.POST.get("step", "")
    if what is None or step == "what":
        return _ask_what(request, chosen, what)
    if step in ("confirm", "assign"):
        form = form_for(what)(request.POST, what=what, today=chosen.latest_today)
        if form.is_valid():
            return _confirm_or_assign(request, chosen, what, form)
    else:
        form = form_for(what)(
            initial=_said_before(request, chosen, what), what=what, today=chosen.latest_today
        )
    return _ask_how(request, chosen, what, form)


def _refusal(chosen: Chosen) -> str:
    if chosen.is_too_many:
        return _("At most %(most)d patients at once. Search or filter to choose fewer.") % {
            "most": MOST_AT_ONCE
        }
    if chosen.patients:
        return ""
    if chosen.ids:
        return _("Nobody whom you chose is in your care any more. Nobody was given anything.")
    if chosen.everybody:
        return _("Nobody matches any more. Nobody was given anything.")
    return _("Choose at least one patient first. Nobody was given anything.")


def _back(request: HttpRequest, chosen: Chosen, what: What | None) -> str:
    """The page of the caseload that one came from; still choosing, if one came with something."""
    choosing = what if request.POST.get("choosing") else None
    return address(chosen.which, choosing, Place.read(request.POST))


def _said_before(request: HttpRequest, chosen: Chosen, what: What) -> dict[str, Any]:
    said = {name: request.POST.get(name) for name in ("due_on", "note")}
    start_on = request.POST.get("start_on") or chosen.latest_today.isoformat()
    return {**said, "start_on": start_on, "level": what.level}


def _show(
    request: HttpRequest, template: str, chosen: Chosen, what: What | None, **more: Any
) -> HttpResponse:
    place = Place.read(request.POST)
    carried = [
        ("q", chosen.which.query),
        ("show", chosen.which.show),
        ("everybody", "1" if chosen.everybody else ""),
        ("choosing", "1" if request.POST.get("choosing") else ""),
        (("before" if place.backwards else "after") if place else "", str(place)),
        *(() if chosen.everybody else (("patient", one.public_id) for one in chosen.patients)),
    ]
    context = {
        "chosen": chosen,
        "what": what,
        "carried": [(name, value) for name, value in carried if name and value],
        "back_url": _back(request, chosen, what),
        **more,
    }
    with AccessEvent.objects.listing(chosen.patients, by=request.user):
        return render(request, template, context)


# --- What -----------------------------------------------------------------------------------


def _ask_what(request: HttpRequest, chosen: Chosen, what: What | None) -> HttpResponse:
    """Everything that can be assigned, or what a search leaves of it."""
    find = " ".join(storable(request.POST.get("find", "")).split())[:100]
    articles = Article.objects.published().order_by("title", "pk")
    programmes = Programme.objects.visible_to(request.user).in_use()
    for word in find.split()[:8]:
        articles = articles.filter(Q(title__icontains=word) | Q(summary__icontains=word))
        programmes = programmes.filter(Q(name__icontains=word) | Q(description__icontains=word))
    editions = Edition.objects.published()
    planned = plans(programmes)
    return _show(
        request,
        "care/bulk_what.html",
        chosen,
        what,
        find=find,
        is_gone=what is None and What.is_in(request.POST),
        programmes=[
            (one, steps)
            for one in programmes
            if (steps := [step for step in planned[one.pk] if step.edition is not None])
        ],
        articles=[
            (
                one,
                [
                    measures(edition)
                    for edition in sorted(
                        one.published_editions, key=lambda one: Level(one.level).rank
                    )
                ],
            )
            for one in articles.prefetch_related(
                Prefetch("editions", queryset=editions, to_attr="published_editions")
            )
        ],
        said=[
            (name, storable(request.POST[name])[:600])
            for name in ("due_on", "start_on", "note")
            if request.POST.get(name)
        ],
    )


# --- How ------------------------------------------------------------------------------------


def _ask_how(request: HttpRequest, chosen: Chosen, what: What, form: HowForm) -> HttpResponse:
    editions = {edition.level: edition for edition in what.editions}
    level_rows = (
        [(radio, editions.get(radio.data["value"])) for radio in form["level"]]
        if "level" in form.fields
        else []
    )
    return _show(request, "care/bulk_how.html", chosen, what, form=form, level_rows=level_rows)


# --- A last look, and done ------------------------------------------------------------------


def _confirm_or_assign(
    request: HttpRequest, chosen: Chosen, what: What, form: HowForm
) -> HttpResponse:
    plan = plan_of(request.user, chosen.patients, what, form.cleaned_data)
    if len(plan.wanted) > MOST_ASSIGNMENTS:
        form.add_error(
            None,
            _("This would be %(n)d articles at once; %(most)d is the most. Choose fewer patients.")
            % {"n": len(plan.wanted), "most": MOST_ASSIGNMENTS},
        )
        return _ask_how(request, chosen, what, form)
    wants_to_assign = request.POST.get("step") == "assign"
    if wants_to_assign and request.POST.get("seen") == plan.fingerprint:
        return _assign(request, chosen, what, form, plan)
    return _show(
        request,
        "care/bulk_confirm.html",
        chosen,
        what,
        form=form,
        plan=plan,
        getting=plan.getting,
        having=plan.having,
        has_changed=wants_to_assign,
        by_last=form.cleaned_data.get("level") == LAST,
        said=[(name, form[name].value()) for name in form.fields if form[name].value() is not None],
    )


def _assign(
    request: HttpRequest, chosen: Chosen, what: What, form: HowForm, plan: Plan
) -> HttpResponse:
    outcome = assign(
        plan.wanted,
        by=request.user,
        note=form.cleaned_data["note"],
        programme=what.programme,
    )
    said = _outcome_in_words(outcome, what)
    if outcome.assigned:
        say(request, said, undo=reverse("care:undo_assign", args=[outcome.batch]))
    else:
        messages.info(request, said)
    return redirect(address(chosen.which, None, Place.read(request.POST)))


def _outcome_in_words(outcome: Outcome, what: What) -> str:
    got = _people([one.patient for one in outcome.assigned])
    had = _people([one.patient for one in outcome.already])
    left_out = _people([one.patient for one in outcome.not_cared_for])
    said = []
    if got:
        text = ngettext(
            "“%(title)s” is assigned to %(n)d patient.",
            "“%(title)s” is assigned to %(n)d patients.",
            len(got),
        )
        said.append(text % {"title": what.title, "n": len(got)})
    else:
        said.append(_("“%(title)s” was assigned to nobody.") % {"title": what.title})
    if had:
        if what.programme:
            text = ngettext(
                "%(names)s had some of it already and keeps that as it was.",
                "%(names)s had some of it already and keep that as it was.",
                len(had),
            )
        else:
            text = ngettext(
                "%(names)s had it already and keeps it as it was.",
                "%(names)s had it already and keep it as it was.",
                len(had),
            )
        said.append(text % {"names": names_of([one.name for one in had])})
    if left_out:
        text = ngettext(
            "%(names)s is not in your care any more.",
            "%(names)s are not in your care any more.",
            len(left_out),
        )
        said.append(text % {"names": names_of([one.name for one in left_out])})
    return " ".join(said)


def _people(patients: list[User]) -> list[User]:
    """Each of them once."""
    return list({patient.pk: patient for patient in patients}.values())
