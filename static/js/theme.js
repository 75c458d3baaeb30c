// Light or dark, and how the reading text looks: applied at once, kept in a cookie of this browser.

const root = document.documentElement;
const YEAR = 31536000;

function keep(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  const age = value ? YEAR : 0;
  document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax${secure}`;
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
}

function mark(buttons, chosen) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
}

for (const form of document.querySelectorAll("[data-theme-form]")) {
  form.addEventListener("submit", (event) => {
    const chosen = event.submitter;
    if (!chosen) return;
    event.preventDefault();
    keep("theme", chosen.value === "system" ? "" : chosen.value);
    mark(form.querySelectorAll("button"), chosen);
  });
}

// These settings need this script, so they are shown by it.
for (const group of document.querySelectorAll("[data-setting]")) {
  const name = group.dataset.setting;
  const buttons = [...group.querySelectorAll("button")];
  group.hidden = false;
  mark(buttons, buttons.find((button) => button.value === (root.dataset[name] ?? "")));
  group.addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (!chosen) return;
    keep(name, chosen.value);
    mark(buttons, chosen);
  });
}
