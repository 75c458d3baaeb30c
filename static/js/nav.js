// The menu closes like a menu, "/" finds the search, errors get the focus, a form is sent once.

const menu = document.querySelector("details.menu");
if (menu) {
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}

const search = document.querySelector("[data-slash]");
if (search) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
}

document.querySelector(".error-summary")?.focus();

for (const form of document.querySelectorAll("form[method=post]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    else if (!event.defaultPrevented) sent = true;
    // A download, a stopped load or Back must not leave a form that can't be sent again.
    setTimeout(() => (sent = false), 3000);
  });
  addEventListener("pageshow", () => (sent = false));
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

if (document.querySelector(".message-success") && sessionStorage.getItem("kept-sent")) {
  sessionStorage.removeItem(sessionStorage.getItem("kept-sent"));
  sessionStorage.removeItem("kept-sent");
}
