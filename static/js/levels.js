// Another level of the article comes into the page without a load. The reader stays in the part they
// were reading; Back and Forward bring level and place back. Whatever fails becomes a normal load.

const main = document.getElementById("main");
const paths = new Set([...document.querySelectorAll(".levels a")].map((link) => link.pathname));
let shown = location.pathname;
let turn = 0;

const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");
document.body.append(said);

// --- Where the reader is ---

const parts = () => [...main.querySelectorAll(".prose section[id]")];
const top = (element) => Math.round(element.getBoundingClientRect().top);
// Above the text: what comes after the header must not move, and the bar there may be stuck.
const headerEnd = () => Math.round(main.querySelector(".article-header").getBoundingClientRect().bottom);

// The part that is being read, and how far it has been scrolled.
function place() {
  const part = parts().findLast((one) => top(one) < innerHeight / 3);
  return part ? { part: part.id, top: top(part) } : { top: headerEnd() };
}

function go({ part, top: wanted }) {
  const target = part && document.getElementById(part);
  scrollBy(0, (target ? top(target) : headerEnd()) - wanted);
}

// The same part in another level, its beginning in sight; where it is missing, the one before it.
function goToSame({ part, top: wanted }, order) {
  const before = order.slice(0, order.indexOf(part) + 1).findLast((key) => document.getElementById(key));
  if (!part) return go({ top: wanted });
  if (!before) return scrollTo(0, 0);
  const margin = parseFloat(getComputedStyle(document.getElementById(before)).scrollMarginTop);
  go({ part: before, top: before === part ? Math.max(wanted, margin) : margin });
}

// From the first switch on, the place is kept with each step of the history: in its state, which
// outlives the page, and here, because the state of a step that has been left can't be written.
const places = new Map();
// The step whose page is shown; while another is on its way, that is the one before.
const step = () => history.state?.step ?? String(Math.random());
let here = step();

function remember() {
  if (history.scrollRestoration !== "manual" || location.pathname !== shown) return;
  const now = place();
  places.set(here, now);
  try {
    history.replaceState({ step: here, place: now }, "");
  } catch {
    // Some browsers limit how often; the place is then a little older.
  }
}

let timer;
addEventListener("scroll", () => {
  clearTimeout(timer);
  timer = setTimeout(remember, 200);
});
addEventListener("pagehide", remember);
if (paths.has(shown) && history.state?.place) {
  history.scrollRestoration = "manual";
  go(history.state.place);
}

// --- The swap ---

async function fetched(address, options, expected) {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), 8000);
  try {
    const response = await fetch(address, { ...options, signal: stop.signal });
    // Signed out meanwhile, or the level has gone: a load shows what is there instead.
    if (!response.ok || new URL(response.url).pathname !== expected) throw new Error("another page");
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!page.querySelector("article.reader")) throw new Error("no article");
    return page;
  } finally {
    clearTimeout(late);
  }
}

// Brings the page in, then does what comes after it; a later wish overtakes an earlier one.
async function swap(address, { options, expected, after, otherwise }) {
  const mine = ++turn;
  main.setAttribute("aria-busy", "true");
  try {
    const page = await fetched(address, options, expected);
    if (mine !== turn) return;
    after(() => {
      shown = expected;
      document.title = page.title;
      main.replaceChildren(...page.getElementById("main").childNodes);
      document.dispatchEvent(new CustomEvent("reader:changed"));
    });
    main.removeAttribute("aria-busy");
  } catch {
    if (mine === turn) otherwise();
  }
}

function focus(element) {
  if (!element) return;
  if (!element.matches("a, button")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

const current = () => main.querySelector(".levels [aria-current]");
const heading = (key) => {
  const part = key && document.getElementById(key);
  return part ? (part.querySelector("h2, h3") ?? part) : null;
};
const announce = () => (said.textContent = main.querySelector("[data-said]")?.textContent ?? "");

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("article.reader a[href]");
  const plain = !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.search) return;
  if (link.origin !== location.origin || !paths.has(link.pathname) || !paths.has(shown)) return;
  const inBar = Boolean(link.closest(".levels"));
  if (link.pathname === shown) {
    if (inBar) event.preventDefault();
    return;
  }
  event.preventDefault();
  // The bar keeps the place; a link names its part, or means the beginning.
  const key = inBar ? "" : decodeURIComponent(link.hash.slice(1));
  const address = link.origin + link.pathname;
  const target = key ? `${address}#${key}` : address;
  swap(address, {
    expected: link.pathname,
    otherwise: () => {
      // Without a connection a load would take the text away that is here.
      const offline = navigator.onLine ? null : main.querySelector("[data-offline]");
      main.removeAttribute("aria-busy");
      if (offline) said.textContent = offline.textContent;
      if (offline) offline.hidden = false;
      else location.assign(inBar && place().part ? `${address}#${place().part}` : target);
    },
    after: (bring) => {
      const [was, order] = [place(), parts().map((one) => one.id)];
      history.scrollRestoration = "manual";
      remember();
      history.pushState(null, "", target);
      here = step();
      bring();
      if (inBar) goToSame(was, order);
      else if (key) goToSame({ part: key, top: 0 }, order.includes(key) ? order : [key]);
      else scrollTo(0, 0);
      focus(inBar ? current() : (heading(key) ?? main.querySelector("h1")));
      remember();
      announce();
    },
  });
});

addEventListener("online", () => {
  for (const told of main.querySelectorAll("[data-offline]")) told.hidden = true;
});

addEventListener("popstate", (event) => {
  const next = step();
  // A jump within the page has moved already; where it came from was kept before.
  if (event.state || location.pathname !== shown) places.set(here, place());
  const kept = places.get(next) ?? event.state?.place;
  turn += 1;
  main.removeAttribute("aria-busy");
  if (!paths.has(location.pathname)) return;
  if (location.pathname === shown) {
    here = next;
    if (kept) go(kept);
    return;
  }
  swap(location.pathname, {
    expected: location.pathname,
    otherwise: () => location.reload(),
    after: (bring) => {
      bring();
      here = next;
      const key = kept ? kept.part : decodeURIComponent(location.hash.slice(1));
      if (kept) go(kept);
      else if (document.getElementById(key)) document.getElementById(key).scrollIntoView();
      else scrollTo(0, 0);
      focus(heading(key) ?? current());
      announce();
    },
  });
});

// --- Words explained or not: the same page comes anew, the panel stays open ---

document.addEventListener(
  "submit",
  (event) => {
    const [form, button] = [event.target, event.submitter];
    if (!form.matches("[data-look]") || button?.name !== "words") return;
    event.preventDefault();
    const body = new FormData(form);
    body.append(button.name, button.value);
    swap(form.action, {
      options: { method: "POST", body },
      expected: shown,
      otherwise: () => location.reload(),
      after: (bring) => {
        const was = place();
        bring();
        const panel = main.querySelector("details.look");
        panel.open = true;
        go(was);
        focus(panel.querySelector(`[name=words][value=${button.value}]`));
      },
    });
  },
  true,
);
