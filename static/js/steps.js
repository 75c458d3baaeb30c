// The steps of a programme without a reload: each button sends the form as it would without this
// script, and the steps of the answer take the place of those in the page. Alt+↑ and Alt+↓ move.

const form = document.querySelector("[data-steps-form]");
const steps = form?.querySelector("[data-steps]");
const said = form?.querySelector("[data-said]");

const state = () => {
  const values = new URLSearchParams(new FormData(form));
  values.delete("csrfmiddlewaretoken");
  return values.toString();
};
let busy = false;
let leaving = false;

function show(page) {
  const fresh = page.querySelector("[data-steps]");
  steps.replaceChildren(...fresh.childNodes);
  const target = steps.querySelector("[autofocus]") ?? steps.querySelector("#pick");
  target?.focus();
  (target?.closest("[data-step]") ?? target)?.scrollIntoView({ block: "nearest" });
  said.textContent = "";
  const words = steps.querySelector("[data-done-text]")?.textContent ?? "";
  // Emptied and filled again, so that the same words are said twice.
  requestAnimationFrame(() => { said.textContent = words; });
}

async function send(button) {
  busy = true;
  const body = new FormData(form);
  body.set(button.name, button.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !page.querySelector("[data-steps]")) throw new Error("not the form");
    show(page);
  } catch {
    // Signed out, offline, or something new: the browser shows what the server says.
    leaving = true;
    HTMLFormElement.prototype.submit.call(withButton(button));
  } finally {
    busy = false;
  }
}

function withButton(button) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = button.name;
  field.value = button.value;
  form.append(field);
  return form;
}

if (steps) {
  const before = state();
  let unsaved = document.querySelector(".error-summary") !== null || steps.querySelector("[data-done]") !== null;

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.value === "save") {
      leaving = true;
      return;
    }
    event.preventDefault();
    if (!busy) send(button);
  });

  form.addEventListener("keydown", (event) => {
    const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const step = event.target.closest("[data-step]");
    if (!event.altKey || !way || !step) return;
    event.preventDefault();
    step.querySelector(`[data-move=${way}]:not(:disabled)`)?.click();
  });

  addEventListener("beforeunload", (event) => {
    if (!leaving && (unsaved || state() !== before)) event.preventDefault();
  });
}
