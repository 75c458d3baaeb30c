// Forms of the journal: a warning before leaving what is not saved, and the name of the night
// that follows the chosen morning.

for (const form of document.querySelectorAll("form[data-guard]")) {
  // The draft is renamed while its form is open: no change that its writer made.
  const state = () => {
    const data = new FormData(form);
    data.delete("draft");
    return new URLSearchParams(data).toString();
  };
  const before = state();
  // A form that came back with a message, or with usual times, holds what is not saved yet.
  let unsaved = "returned" in form.dataset || document.querySelector(".error-summary, .asked") !== null;
  form.addEventListener("submit", () => {
    unsaved = false;
    form.removeAttribute("data-guard");
  });
  addEventListener("beforeunload", (event) => {
    if (form.hasAttribute("data-guard") && (unsaved || state() !== before)) event.preventDefault();
  });
}

const name = document.querySelector("[data-night-name]");
const morning = document.querySelector("input[name=diary_date]");
if (name && morning) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    weekday: "short", day: "numeric", month: "short", timeZone: "UTC",
  });
  const day = (moment) => {
    const parts = Object.fromEntries(format.formatToParts(moment).map((part) => [part.type, part.value]));
    return `${parts.weekday} ${parts.day} ${parts.month}`;
  };
  const rename = () => {
    const chosen = morning.valueAsDate;
    if (!chosen) return;
    const evening = new Date(chosen.getTime() - 86_400_000);
    name.textContent = name.dataset.pattern
      .replace("{evening}", day(evening))
      .replace("{morning}", day(chosen));
  };
  morning.addEventListener("change", rename);
  // The browser's own copy may be of another morning.
  if (morning.form?.dataset.restored !== undefined) rename();
}
