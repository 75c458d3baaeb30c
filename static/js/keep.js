// Keeps what is typed into a form[data-keep="name"] until it is sent: in this tab only, so that
// nothing stays behind on a shared computer. Signing out clears it (Clear-Site-Data).

for (const form of document.querySelectorAll("form[data-keep]")) {
  const key = `kept:${form.dataset.keep}`;
  const note = form.querySelector("[data-kept-note]");
  const fields = () =>
    [...form.elements].filter(
      (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
    );
  const slot = (field) =>
    field.type === "radio" || field.type === "checkbox" ? `${field.name}=${field.value}` : field.name;
  const toggles = (field) => field.type === "radio" || field.type === "checkbox";

  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(key));
  } catch {
    kept = null;
  }
  // After an error the server already shows what was typed.
  if (kept && !form.querySelector(".is-invalid") && !document.querySelector(".error-summary")) {
    let changed = false;
    for (const field of fields()) {
      const value = kept[slot(field)];
      if (value === undefined) continue;
      if (toggles(field)) {
        changed ||= field.checked !== value;
        field.checked = value;
      } else {
        changed ||= field.value !== value;
        field.value = value;
      }
    }
    if (changed && note) note.hidden = false;
  }

  form.addEventListener("input", () => {
    const values = {};
    for (const field of fields()) values[slot(field)] = toggles(field) ? field.checked : field.value;
    try {
      sessionStorage.setItem(key, JSON.stringify(values));
    } catch {
      // A full or forbidden store: the form still works, it is only not kept.
    }
  });
  // Sent is not saved: signing in again may come first. nav.js lets go once a page says "saved".
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sessionStorage.setItem("kept-sent", key);
  });
}
