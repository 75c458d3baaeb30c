"""What somebody has begun to write and not saved yet: which form, how it comes back, where to.

For a page with a form that is kept as it is typed:

1. `name = drafts.name_of_reflection(reflection, ask="...")` or `name_of_night(diary_date)`.
2. Opened: `form, draft = drafts.opened(ReflectionForm, request.user, name, instance=reflection)`.
   Sent: `form = ReflectionForm(request.POST, instance=...)`; when it can't be saved,
   `drafts.keep(request.user, name, request.POST)`, so that it is kept without JavaScript too.
3. Saved or deleted, in the same transaction:
   `Draft.objects.drop(request.user, *drafts.names_sent(request.POST, name))`.
4. The template gets `draft` and `draft_name`: `<form ... {% include "journal/_draft.html" %}>`
   writes the attributes, `_draft_note.html` goes first into the form, `_draft_state.html` beside
   its buttons, `_draft_start_over.html` after `</form>`; scripts keep.js, then draft.js.
"""

import re
import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from education.articles.models import Level
from education.journal.converters import parse_diary_date
from education.journal.forms import NightForm, ReflectionForm
from education.journal.forms.styled import StyledForm
from education.journal.models import Draft, Night, Reflection
from education.journal.prompts import prompt_text
from education.journal.words import day_words, night_words

# A reflection of the greatest length fits twice; what is longer is no draft of ours.
MOST_CHARACTERS = 50_000
# How long what is typed may be on its way on a bad connection.
LATEST_KEYSTROKES = timedelta(minutes=1)

NEW_REFLECTION = "reflection:new"
_PROMPT = re.compile(r"reflection:prompt:([0-9]{1,18})(?::([a-z]{1,20}))?", re.ASCII)
_ASK = re.compile(r"reflection:ask:([a-z0-9-]{1,40})", re.ASCII)
_NIGHT, _REFLECTION = "night:", "reflection:"
# Fields that are chosen for a new entry and are no words or answers of its writer.
_SETTINGS = frozenset({"diary_date", "zone", "numbers_shared", "words_shared", "shared"})

Form = TypeVar("Form", bound=StyledForm)


class Begun(NamedTuple):
    """A draft in words, and where to go on with it."""

    words: str
    url: str


# --- Names ----------------------------------------------------------------------------------


def name_of_night(diary_date: date) -> str:
    """The name of the form of this night, new or stored."""
    return f"{_NIGHT}{diary_date.isoformat()}"


def name_of_reflection(reflection: Reflection, ask: str = "") -> str:
    """The name of the form of this reflection, stored or new (free, to a prompt, to an ask)."""
    if not reflection._state.adding:
        return f"{_REFLECTION}{reflection.public_id}"
    if reflection.prompt_id:
        level = f":{reflection.edition.level}" if reflection.edition else ""
        return f"{_REFLECTION}prompt:{reflection.prompt_id}{level}"
    return f"{_REFLECTION}ask:{ask}" if ask else NEW_REFLECTION


def name_in_address(asked: Mapping[str, str]) -> str:
    """The name of the form of a new reflection by its address, also where what it answers is
    gone. The number of the prompt has been checked."""
    if number := asked.get("prompt"):
        level = f":{asked['level']}" if asked.get("level") else ""
        return f"{_REFLECTION}prompt:{int(number)}{level}"
    return f"{_REFLECTION}ask:{asked['ask']}" if asked.get("ask") else NEW_REFLECTION


def form_of(name: str) -> type[StyledForm]:
    """The form that has this name. Raises ValueError for a name that no form has."""
    if night_of(name):
        return NightForm
    if name == NEW_REFLECTION or _ASK.fullmatch(name) or stored_reflection_of(name):
        return ReflectionForm
    found = _PROMPT.fullmatch(name)
    if found and (found[2] is None or found[2] in Level.values):
        return ReflectionForm
    raise ValueError("no form of the journal")


def night_of(name: str) -> date | None:
    """The diary date in the name of a night's form; None for other forms."""
    if not name.startswith(_NIGHT):
        return None
    try:
        return parse_diary_date(name.removeprefix(_NIGHT))
    except ValueError:
        return None


def stored_reflection_of(name: str) -> uuid.UUID | None:
    """The reflection that a form changes; None for new ones and other forms."""
    text = name.removeprefix(_REFLECTION)
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if name == f"{_REFLECTION}{found}" else None


def names_sent(data: Mapping[str, str], name: str) -> list[str]:
    """The names that the draft of a form may have: the page's, and where draft.js moved it to."""
    return [name, data.get("draft", name)[:60].replace("\x00", "")]


# --- Keeping --------------------------------------------------------------------------------


class NotKept(ValueError):
    """What was sent can't be kept; the message is for its writer."""


def keep(patient: Any, name: str, data: Mapping[str, str]) -> Draft | None:
    """Keep what stands in the form as it was typed; None where nothing stands in it.

    The draft of a new night moves along when another morning is chosen. Raises NotKept.
    """
    form_class = form_of(name)
    fields = {
        field: value for field in form_class.base_fields if (value := data.get(field)) is not None
    }
    if sum(map(len, fields.values())) > MOST_CHARACTERS:
        raise NotKept(_("Not kept: this is too long. It stays on this page."))
    entry = _entry(patient, name)
    is_new = entry is None
    if is_new and not any(
        value.strip() for field, value in fields.items() if field not in _SETTINGS
    ):
        Draft.objects.drop(patient, name)
        return None
    if _is_saved(form_class(instance=entry), fields) if entry else _is_just_saved(patient, fields):
        Draft.objects.drop(patient, name)
        return None
    target = _moved(patient, name, fields) if is_new else name
    Draft.objects.keep(patient, target, fields)
    if target != name:
        Draft.objects.drop(patient, name)
    return find(patient, target)


def _entry(patient: Any, name: str) -> Night | Reflection | None:
    """What the form changes, if it is stored. Raises NotKept where that was deleted."""
    if day := night_of(name):
        return Night.objects.visible_to(patient).filter(diary_date=day).first()
    if public_id := stored_reflection_of(name):
        found = Reflection.objects.visible_to(patient).filter(public_id=public_id).first()
        if found is None:
            raise NotKept(_("Not kept: this was deleted. It stays on this page."))
        return found
    return None


def _is_just_saved(patient: Any, typed: Mapping[str, str]) -> bool:
    """Whether a new reflection's words were on their way when it was saved, and came later."""
    words = _plain(typed.get("text", ""))
    if not words:
        return False
    rows = Reflection.objects.visible_to(patient).filter(
        created_at__gt=timezone.now() - LATEST_KEYSTROKES
    )
    return any(one.text.startswith(words) for one in rows)


def _moved(patient: Any, name: str, fields: Mapping[str, str]) -> str:
    """The name for a new night's draft: that of its chosen morning, where that is free."""
    day = night_of(name)
    if day is None:
        return name
    try:
        chosen = parse_diary_date(fields.get("diary_date", ""))
    except ValueError:
        return name
    target = name_of_night(chosen)
    if chosen == day or find(patient, target) or _entry(patient, target):
        return name
    return target


# --- Coming back ----------------------------------------------------------------------------


def find(patient: Any, name: str) -> Draft | None:
    """This patient's draft of this form."""
    return Draft.objects.visible_to(patient).filter(form=name).first()


def initial(draft: Draft | None, form_class: type[StyledForm]) -> dict[str, Any]:
    """What was typed, for `initial=` of the form: text as it was, however wrong."""
    answers = draft.answers if draft else {}
    if not answers:
        return {}
    found: dict[str, Any] = {}
    for name, field in form_class.base_fields.items():
        # Browsers leave out what is not ticked.
        if isinstance(field, forms.BooleanField) or name in answers:
            found[name] = answers.get(name, "")
    return found


def opened(
    form_class: type[Form], patient: Any, name: str, **options: Any
) -> tuple[Form, Draft | None]:
    """The form as it is opened, with what was typed before, and the draft that it came from.

    A draft that says what is stored already (the last keystrokes overtook the saving) goes.
    """
    form = form_class(**options)
    draft = find(patient, name)
    typed = initial(draft, form_class)
    if draft is None or not typed:
        return form, None
    if not form.instance._state.adding and _is_saved(form, typed):
        Draft.objects.drop(patient, name)
        return form, None
    options["initial"] = {**options.get("initial", {}), **typed}
    return form_class(**options), draft


def _is_saved(form: StyledForm, typed: Mapping[str, Any]) -> bool:
    """Whether what was typed says, in whatever way, what the form shows of the stored entry."""
    return all(
        _meant(form, name, _shown(form, name)) == _meant(form, name, str(typed.get(name, "")))
        for name in form.fields
        # Left out, the zone is what it was.
        if name != "zone" or typed.get(name)
    )


def _meant(form: StyledForm, name: str, text: str) -> Any:
    try:
        value = form.fields[name].clean(text)
    except ValidationError:
        return text
    return _plain(value) if isinstance(value, str) else value


def _plain(text: str) -> str:
    """Words as they are stored: browsers write line ends in two ways."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _shown(form: StyledForm, name: str) -> str:
    """What a browser would send for this field if nobody touched it."""
    bound = form[name]
    value = bound.value()
    if isinstance(bound.field.widget, forms.CheckboxInput):
        return "on" if value else ""
    if isinstance(bound.field.widget, forms.RadioSelect | forms.Select):
        return "".join(bound.field.widget.format_value(value))
    return cast(str, bound.field.widget.format_value(value) or "")


def begun(patient: Any, *, nights_only: bool = False, except_for: str = "") -> list[Begun]:
    """What this patient has begun and not saved, newest first. At most three queries."""
    rows = list(
        Draft.objects.visible_to(patient)
        .filter(form__startswith=_NIGHT if nights_only else "")
        .exclude(form=except_for)
        .order_by("-updated_at", "-pk")
        .values_list("form", "updated_at")
    )
    days = {name: day for name, _at in rows if (day := night_of(name))}
    ids = {name: one for name, _at in rows if (one := stored_reflection_of(name))}
    stored_days = _stored(Night, "diary_date", patient, days.values())
    stored_ids = _stored(Reflection, "public_id", patient, ids.values())
    found = []
    for name, at in rows:
        if name in ids and ids[name] not in stored_ids:
            continue
        try:
            url = url_of(name, has_entry=days.get(name) in stored_days)
        except ValueError:
            continue  # Drafts of other pages, and of forms that are no more.
        if name in days:
            words = night_words(days[name])
        else:
            words = _reflection_words(
                name, day_words(timezone.localdate(at, timezone=patient.zone))
            )
        found.append(Begun(words, url))
    return found


def _reflection_words(name: str, day: str) -> str:
    """A draft of a reflection in words, so that two can be told apart."""
    ask = _ASK.fullmatch(name)
    if ask and (prompt := prompt_text(ask[1])):
        return _("Reflection: %(prompt)s") % {"prompt": prompt}
    if _PROMPT.fullmatch(name):
        return _("Reflection on what you read, last typed %(day)s") % {"day": day}
    return _("Reflection, last typed %(day)s") % {"day": day}


def _stored(model: Any, field: str, patient: Any, values: Any) -> set[Any]:
    """Those of the values that this patient has an entry for; no query where there are none."""
    if not values:
        return set()
    entries = model.objects.visible_to(patient).filter(**{f"{field}__in": list(values)})
    return set(entries.values_list(field, flat=True))


def url_of(name: str, *, has_entry: bool = False) -> str:
    """The page of the form with this name. Raises ValueError for a name that no form has."""
    form_of(name)
    if day := night_of(name):
        if has_entry:
            return reverse("journal:night", args=[day])
        return f"{reverse('journal:night_new')}?date={day.isoformat()}"
    if public_id := stored_reflection_of(name):
        return reverse("journal:reflection", args=[public_id])
    url = reverse("journal:reflection_new")
    if ask := _ASK.fullmatch(name):
        return f"{url}?ask={ask[1]}"
    if prompt := _PROMPT.fullmatch(name):
        return f"{url}?prompt={prompt[1]}" + (f"&level={prompt[2]}" if prompt[2] else "")
    return url
