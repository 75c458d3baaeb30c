// Reading: word explanations, the contents at the side, and staying in place when the level changes.

const wide = matchMedia("(min-width: 1100px)");
for (const contents of document.querySelectorAll("nav.contents details")) {
  const fit = () => (contents.open = wide.matches);
  fit();
  wide.addEventListener("change", fit);
  contents.addEventListener("click", (event) => {
    if (event.target.closest("a") && !wide.matches) contents.open = false;
  });
}

// The word that is explained stays marked, and on a phone above the card that covers the page.
const phone = matchMedia("(max-width: 599.98px)");
let word = null;
document.addEventListener("click", (event) => (word = event.target.closest("button.term") ?? word), true);
document.addEventListener(
  "toggle",
  (event) => {
    const card = event.target;
    if (!card.matches?.(".term-card")) return;
    document.querySelector("button.term.open")?.classList.remove("open");
    if (event.newState !== "open" || !word) return;
    word.classList.add("open");
    count(card.id.replace("term-", ""));
    const covered = word.getBoundingClientRect().bottom + 24 - card.getBoundingClientRect().top;
    if (phone.matches && covered > 0) scrollBy({ top: covered });
  },
  true,
);

// Which words are hard: a word whose explanation is opened is counted once per page view. Nothing
// says by whom.
const lookups = document.querySelector("[data-lookups]")?.dataset.lookups;
const counted = new Set();
function count(slug) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!lookups || !token || counted.has(slug)) return;
  counted.add(slug);
  const headers = { "X-CSRFToken": token };
  fetch(`${lookups}${slug}/opened/`, { method: "POST", headers, keepalive: true }).catch(() => {});
}

// Without popovers the explanations stand below the text: a word leads to its own.
if (!("popover" in HTMLElement.prototype)) {
  for (const term of document.querySelectorAll("button.term")) {
    term.addEventListener("click", () => (location.hash = term.getAttribute("popovertarget")));
  }
}

// The part being read: marked in the contents, and carried along to another level.
const parts = [...document.querySelectorAll(".prose section[id], .prose h2[id]")];
const entries = new Map(
  [...document.querySelectorAll("nav.contents a[href^='#']")].map((link) => [link.hash, link]),
);
const here = () => parts.findLast((part) => part.getBoundingClientRect().top < innerHeight / 3);

for (const link of document.querySelectorAll(".levels a")) {
  link.addEventListener("click", () => {
    const part = here();
    if (part && part !== parts[0]) link.hash = part.id;
  });
}

if (parts.length && entries.size) {
  const follow = () => {
    const current = entries.get(`#${here()?.id}`);
    for (const link of entries.values()) {
      if (link === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  const watch = new IntersectionObserver(follow, { rootMargin: "0px 0px -66% 0px" });
  parts.forEach((part) => watch.observe(part));
}

// A button is an inline block, so a line may break between a word and its comma: join them.
const JOINER = "\u2060";
for (const term of document.querySelectorAll(".prose button.term")) {
  const [before, after] = [term.previousSibling, term.nextSibling];
  if (after?.nodeType === 3 && /^[^\s\p{L}\p{N}]/u.test(after.data)) after.data = JOINER + after.data;
  if (before?.nodeType === 3 && /[([“‘]$/u.test(before.data)) before.data += JOINER;
}
