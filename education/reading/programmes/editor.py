"""The page on which a programme is written: what was sent becomes the next page or is saved."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from education.reading.models import Programme
from education.reading.models.programme import MOST_STEPS

from .forms import ProgrammeForm, StepForm, problems_of, step_forms
from .plan import plan
from .rows import Done, Row, act, saved_rows, sent_rows
from .shelf import Shelf


class Editor:
    """One request to the form of a programme.

    Every button of the form sends all of it: the steps are added, moved and taken out on the
    server, and nothing is stored before Save. The script only swaps the steps in the page.
    """

    def __init__(self, request: HttpRequest, programme: Programme | None) -> None:
        self.request = request
        self.programme = programme
        # The form writes what is typed into the programme, also what is refused.
        self.name = programme.name if programme else ""
        self.saved = plan(programme) if programme else []
        self.shelf = Shelf(keep=self.saved)
        self.done = Done()
        self.problems: list[str] = []
        self.checked = False
        data = request.POST if request.method == "POST" else None
        self.button = data.get("do", "save")[:200] if data is not None else ""
        # A button of the steps checks nothing yet.
        typed = data if self.button == "save" else None
        self.form = ProgrammeForm(typed, instance=programme or Programme())
        if data is None:
            self.rows = saved_rows(self.saved)
        else:
            self.rows = self._sent(data)
            if typed is None:
                self._keep_typed(data)

    def _sent(self, data: Any) -> list[Row]:
        rows = sent_rows(data)
        there = [row for row in rows if self.shelf.get(row.article)]
        if len(there) < len(rows):
            self.problems.append(
                _("An article is not in the library any more and was taken out of the steps.")
            )
        return there

    def _keep_typed(self, data: Any) -> None:
        """Show what was typed, unchecked, with the version the form was opened with."""
        for name in ("name", "description", "version", "new_id"):
            if name in self.form.fields and name in data:
                self.form.initial[name] = data[name]

    def save(self) -> bool:
        """Save what was sent; False with the reasons in the page, or after another button."""
        picked = self.request.POST.get("pick", "")[:100]
        if self.button != "save":
            self.done = act(self.button, self.rows, self.shelf, picked)
            return False
        if picked and self.shelf.get(picked):
            # Chosen and not yet added: meant, but its day was never seen.
            self.done = act("add", self.rows, self.shelf, picked)
            self.problems.append(
                _("You had chosen an article without adding it. It is the last step now: look at "
                  "its day, then save.")
            )  # fmt: skip
        self.checked = True
        steps = self._steps()
        own = self.form.is_valid()
        if not own and self.form.stale:
            # Saving again is a decision about what is saved now.
            self.saved = plan(self.programme) if self.programme else []
        problems = problems_of(steps)
        if not own or any(not step.is_valid() for step in steps) or problems or self.problems:
            self.problems += problems
            self._checked_steps = steps
            return False
        if self.form.save_with(steps, self.request.user):
            return True
        self._checked_steps = steps
        return False

    _checked_steps: list[StepForm] | None = None

    def _steps(self) -> list[StepForm]:
        kept = {one.step.article.slug: one.step.level for one in self.saved}
        steps = step_forms(self.rows, self.shelf, kept, check=self.checked)
        if self.done.control == "days":
            steps[self.done.row].focus("days")
        return steps

    def context(self) -> dict[str, Any]:
        """What the page shows."""
        steps = self._checked_steps if self._checked_steps is not None else self._steps()
        return {
            "programme": self.programme,
            "name": self.name,
            "form": self.form,
            "steps": steps,
            "checked": self.checked,
            "done": self.done,
            "problems": self.problems,
            "saved": self.saved if self.form.is_bound and self.form.stale else None,
            "saved_now": self._saved_now(),
            "addable": self.shelf.addable(row.article for row in self.rows),
            "is_full": len(self.rows) >= MOST_STEPS,
            "most": MOST_STEPS,
        }

    def _saved_now(self) -> Programme | None:
        """The programme as somebody else has saved it since this form was opened."""
        if not (self.form.is_bound and self.form.stale) or self.programme is None:
            return None
        return Programme.objects.select_related("updated_by").get(pk=self.programme.pk)
