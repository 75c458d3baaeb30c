// Light or dark, and how the reading text looks: applied at once, kept in a cookie of this browser.

const root = document.documentElement;
const YEAR = 31536000;
const FORMS = "[data-look], [data-theme-form]";

function keep(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  const age = value ? YEAR : 0;
  document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax${secure}`;
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
}

document.addEventListener("submit", (event) => {
  const chosen = event.submitter;
  // Whether words are explained is in the text itself, so the server makes it.
  if (!chosen || chosen.name === "words" || !event.target.matches(FORMS)) return;
  event.preventDefault();
  keep(chosen.name, chosen.value);
  // In the menu and in the reader’s panel alike.
  for (const button of document.querySelectorAll(`:is(${FORMS}) button[name=${chosen.name}]`)) {
    button.setAttribute("aria-pressed", String(button.value === chosen.value));
  }
});
