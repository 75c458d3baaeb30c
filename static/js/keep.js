// Keeps what is typed into a form[data-keep="name"] until it is sent: in this tab only, so that
// nothing stays behind on a shared computer. Signing out clears it (Clear-Site-Data).
// A form that draft.js keeps on the server, too, shows whichever of the two is newer.

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
  const answered =
    "returned" in form.dataset || form.querySelector(".is-invalid") || document.querySelector(".error-summary");
  if (kept?.fields && kept.at > Number(form.dataset.draftAt ?? 0) && !answered) {
    let changed = false;
    for (const field of fields()) {
      const value = kept.fields[slot(field)];
      if (value === undefined) continue;
      if (toggles(field)) {
        changed ||= field.checked !== value;
        field.checked = value;
      } else {
        changed ||= field.value !== value;
        field.value = value;
      }
    }
    if (changed) {
      form.dataset.restored = "";
      if (note) note.hidden = false;
    }
  }

  form.addEventListener("input", () => {
    const values = {};
    for (const field of fields()) values[slot(field)] = toggles(field) ? field.checked : field.value;
    try {
      sessionStorage.setItem(key, JSON.stringify({ at: Date.now(), fields: values }));
    } catch {
      // A full or forbidden store: the form still works, it is only not kept.
    }
  });
  // Kept on the server: this copy would only be older one day.
  form.addEventListener("draft:kept", () => sessionStorage.removeItem(key));
  // Sent is not saved: signing in again may come first. nav.js lets go once a page says "saved".
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sessionStorage.setItem("kept-sent", key);
  });
}
