// Asks before leaving a form with changes that are not saved.

let changed = false;
const form = () => document.querySelector("#content-main form[id$='_form']");

function note(event) {
  if (event.isTrusted !== false || event.type === "change") {
    if (form()?.contains(event.target)) changed = true;
  }
}

document.addEventListener("input", note);
document.addEventListener("change", note);
document.addEventListener("formset:added", () => { changed = true; });
document.addEventListener("submit", (event) => { if (event.target === form()) changed = false; });
window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
