// Reading: word explanations, and the contents at the side, which follow. What is bound to elements
// is bound anew when another level has come into the page ("reader:changed").

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
    ask(card, card.id.replace("term-", ""));
    const covered = word.getBoundingClientRect().bottom + 24 - card.getBoundingClientRect().top;
    if (phone.matches && covered > 0) scrollBy({ top: covered });
  },
  true,
);

// Which words are hard: a word whose explanation is opened is counted once per page view. Nothing
// says by whom.
let counted = new Set();
function count(slug) {
  const lookups = document.querySelector("[data-lookups]")?.dataset.lookups;
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!lookups || !token || counted.has(slug)) return;
  counted.add(slug);
  const headers = { "X-CSRFToken": token };
  fetch(`${lookups}${slug}/opened/`, { method: "POST", headers, keepalive: true }).catch(() => {});
}

// From a word to a question about it; afterwards one is back at the part with the word.
function ask(card, slug) {
  const { ask: url, askWords: words } = document.querySelector("[data-ask]")?.dataset ?? {};
  if (!url) return;
  let link = card.querySelector(".term-ask");
  if (!link) {
    link = document.createElement("a");
    link.className = "term-ask";
    link.textContent = words;
    card.querySelector(".term-more").append(" ", link);
  }
  const part = word.closest("section[id]")?.id ?? "";
  link.href = `${url}&${new URLSearchParams({ term: slug, part })}`;
}

// Without popovers the explanations stand below the text: a word leads to its own.
if (!("popover" in HTMLElement.prototype)) {
  document.addEventListener("click", (event) => {
    const term = event.target.closest("button.term");
    if (term) location.hash = term.getAttribute("popovertarget");
  });
}

// The contents are open where there is room beside the text, and closed again after a choice.
const wide = matchMedia("(min-width: 1100px)");
const contents = () => document.querySelectorAll("nav.contents details");
function fit() {
  for (const one of contents()) one.open = wide.matches;
}
wide.addEventListener("change", fit);
document.addEventListener("click", (event) => {
  const chosen = event.target.closest("nav.contents a");
  if (chosen && !wide.matches) chosen.closest("details").open = false;
});

// The part being read is marked in the contents.
let watch = null;
function follow() {
  watch?.disconnect();
  const parts = [...document.querySelectorAll(".prose section[id], .prose h2[id]")];
  const links = [...document.querySelectorAll("nav.contents a[href^='#']")];
  if (!parts.length || !links.length) return;
  watch = new IntersectionObserver(
    () => {
      const here = parts.findLast((part) => part.getBoundingClientRect().top < innerHeight / 3);
      for (const link of links) {
        if (link.hash === `#${here?.id}`) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "0px 0px -66% 0px" },
  );
  parts.forEach((part) => watch.observe(part));
}

// A button is an inline block, so a line may break between a word and its comma: join them.
const JOINER = "\u2060";
function join() {
  for (const term of document.querySelectorAll(".prose button.term")) {
    const [before, after] = [term.previousSibling, term.nextSibling];
    if (after?.nodeType === 3 && /^[^\s\p{L}\p{N}\u2060]/u.test(after.data)) after.data = JOINER + after.data;
    if (before?.nodeType === 3 && /[([“‘]$/u.test(before.data)) before.data += JOINER;
  }
}

function start() {
  counted = new Set();
  fit();
  follow();
  join();
}
document.addEventListener("reader:changed", start);
start();
