// The menu closes like a menu, "/" finds the search, errors get the focus, a form is sent once.

// The menu, and the reader's panel for how the text looks.
const PANELS = "details:is(.menu, .look)[open]";
function closeAllBut(inside) {
  for (const panel of document.querySelectorAll(PANELS)) if (!panel.contains(inside)) panel.open = false;
}
document.addEventListener("click", (event) => closeAllBut(event.target));
document.addEventListener("focusout", (event) => {
  if (event.relatedTarget && event.target.closest(PANELS)) closeAllBut(event.relatedTarget);
});
document.addEventListener("keydown", (event) => {
  const panel = event.key === "Escape" && event.target.closest(PANELS);
  if (!panel) return;
  panel.open = false;
  panel.querySelector("summary").focus();
});

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

// What is said about a part of the page lies over it, until one reads on.
const said = location.hash && document.querySelector("main > .messages");
if (said) {
  let from = null;
  addEventListener("load", () => (from = scrollY));
  addEventListener("scroll", () => {
    if (from !== null && Math.abs(scrollY - from) > innerHeight / 2) said.classList.add("passed");
  }, { passive: true });
}

(document.querySelector(".error-summary") ?? document.querySelector(".messages [role=alert]"))?.focus();

// For forms that come into the page later, too.
const sent = new Set();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method")?.toLowerCase() !== "post") return;
  // Half a date would be sent as none. Nothing else is judged here.
  const half = [...form.elements].find((field) => field.validity?.badInput);
  if (half) {
    event.preventDefault();
    half.reportValidity();
    return;
  }
  if (sent.has(form)) event.preventDefault();
  // Once all scripts have had their say: what one of them took over has not been sent.
  else setTimeout(() => event.defaultPrevented || sent.add(form));
  // A download, a stopped load or Back must not leave a form that can't be sent again.
  setTimeout(() => sent.delete(form), 3000);
});
addEventListener("pageshow", () => sent.clear());

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
function offerPrinting() {
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
}
offerPrinting();
document.addEventListener("reader:changed", offerPrinting);

if (document.querySelector(".message-success") && sessionStorage.getItem("kept-sent")) {
  sessionStorage.removeItem(sessionStorage.getItem("kept-sent"));
  sessionStorage.removeItem("kept-sent");
}
