// The morning form one step at a time, for whoever likes it so: remembered on this device until
// they sign out. Without it, everything is on one page.

const form = document.querySelector("form[data-steps-form]");
const REMEMBERED = "journal:steps";

function remembered(value) {
  try {
    if (value === undefined) return localStorage.getItem(REMEMBERED) === "1";
    localStorage.setItem(REMEMBERED, value ? "1" : "0");
  } catch {
    // A forbidden store: it is not remembered.
  }
  return false;
}

if (form) {
  const steps = [...form.querySelectorAll("[data-step]")];
  const one = (name) => form.querySelector(`[data-steps-${name}]`);
  const [bar, progress, toggle, back, next, line, save] =
    ["bar", "progress", "toggle", "back", "next", "break", "save"].map(one);
  const words = { off: toggle.textContent, on: toggle.dataset.other };
  let stepping = false;
  let at = 0;

  function show(index, moveFocus = true) {
    at = Math.max(0, Math.min(index, steps.length - 1));
    const last = at === steps.length - 1;
    steps.forEach((step, number) => (step.hidden = stepping && number !== at));
    // A card whose steps are all on other screens would be an empty box.
    for (const card of form.querySelectorAll(".night-card")) {
      card.hidden = ![...card.querySelectorAll("[data-step]")].some((step) => !step.hidden);
    }
    form.classList.toggle("one-step", stepping);
    progress.hidden = !stepping;
    progress.textContent = progress.dataset.pattern.replace("{n}", at + 1).replace("{all}", steps.length);
    back.hidden = !stepping || at === 0;
    next.hidden = line.hidden = !stepping || last;
    save.classList.toggle("btn-primary", !stepping || last);
    save.classList.toggle("btn-secondary", stepping && !last);
    toggle.textContent = stepping ? words.on : words.off;
    if (stepping && moveFocus) {
      steps[at].querySelector(".step-title").focus({ preventScroll: true });
      bar.scrollIntoView({ block: "start" });
    }
  }

  // What is wrong or asked back comes first.
  const wrong = steps.findIndex((step) => step.querySelector(".has-error, .invalid-feedback, .asked input:not(:checked)"));
  bar.hidden = false;
  stepping = remembered();
  show(Math.max(0, wrong), false);

  toggle.addEventListener("click", () => {
    stepping = !stepping;
    remembered(stepping);
    show(at, stepping);
  });
  next.addEventListener("click", () => show(at + 1));
  back.addEventListener("click", () => show(at - 1));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !stepping || next.hidden || !event.target.matches("input")) return;
    event.preventDefault();
    show(at + 1);
  });
  // A message at the top leads to a field that may be on another screen.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && form.querySelector(`#${CSS.escape(link.hash.slice(1))}`);
    if (!field) return;
    const step = steps.indexOf(field.closest("[data-step]"));
    if (stepping && step >= 0) show(step, false);
    const closed = field.closest("details:not([open])");
    if (closed) closed.open = true;
    event.preventDefault();
    field.focus();
  });

  const zone = form.elements.zone;
  const zoneName = form.querySelector("[data-zone-name]");
  const follow = () => { if (zone.value) zoneName.textContent = zone.selectedOptions[0].text; };
  zone?.addEventListener("change", follow);
  if ("restored" in form.dataset) follow();
}
