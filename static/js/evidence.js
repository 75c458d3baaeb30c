// What was on the patient's screen: that the page was opened, and which parts were in sight for
// about two seconds. Told to the server in batches; kept in this tab while there is no connection.
// Signing out clears it (Clear-Site-Data). Each fact is [token, kind, key, time].

const STORE = "evidence";
const TICK = 500;
const DWELL = 2000;
const SOON = 3000;
const LATEST = 60000;
const MOST = 250;

let facts = [];
let url = "";
try {
  ({ facts, url } = JSON.parse(sessionStorage.getItem(STORE)) ?? { facts, url });
} catch {
  // A forbidden store: what is seen is still told while this page is open.
}

let page = null;
let printing = false;
let timer = 0;
let sending = false;
let gap = SOON;

const isVisible = () => document.visibilityState === "visible" && !printing;

// --- Telling ---

function store() {
  try {
    sessionStorage.setItem(STORE, JSON.stringify({ facts, url }));
  } catch {
    // As above.
  }
}

function note(kind, key = "") {
  // Of where somebody is only the newest counts.
  if (kind === "last") facts = facts.filter((one) => one[0] !== page.token || one[1] !== "last");
  facts = [...facts.slice(-MOST), [page.token, kind, key, Date.now()]];
  store();
  later(gap);
}

function later(wait) {
  timer ||= setTimeout(tell, wait);
}

async function tell({ leaving = false } = {}) {
  clearTimeout(timer);
  timer = 0;
  const csrf = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!facts.length || !url || !csrf || (sending && !leaving)) return;
  sending = true;
  const now = Date.now();
  const told = {};
  const sent = new Set(facts.map(String));
  for (const [token, kind, key, at] of facts) (told[token] ??= []).push([kind, key, now - at]);
  let kept = false;
  try {
    const headers = { "X-CSRFToken": csrf, "Content-Type": "application/json" };
    const options = { method: "POST", headers, keepalive: true, redirect: "manual" };
    const answer = await fetch(url, { ...options, body: JSON.stringify(told) });
    // 400: nobody can read it, so it is not sent again. Anything else may pass: signed out, busy.
    kept = answer.status === 204 || answer.status === 400;
  } catch {
    // No connection: later.
  }
  sending = false;
  if (kept) {
    facts = facts.filter((one) => !sent.has(String(one)));
    store();
  }
  gap = kept ? SOON : Math.min(gap * 2, LATEST);
  if (facts.length) later(gap);
}

// --- Seeing ---

// What bars cover is not on the screen.
function sight() {
  const boxes = (names) => [...document.querySelectorAll(names)].map((one) => one.getBoundingClientRect());
  const above = boxes(".topbar, .levels-bar").filter(({ top }) => top < innerHeight / 4);
  const below = boxes(".mainnav").filter(({ top }) => top > innerHeight / 2);
  return {
    top: Math.max(0, ...above.map(({ bottom }) => bottom)),
    bottom: Math.min(innerHeight, ...below.map(({ top }) => top)),
  };
}

function look() {
  if (!isVisible()) return;
  const { top, bottom } = sight();
  let first = "";
  for (const part of page.parts) {
    const box = page.near.has(part) ? part.getBoundingClientRect() : null;
    const seen = box ? Math.min(box.bottom, bottom) - Math.max(box.top, top) : 0;
    // A good part of it, or of the screen.
    const enough = seen > 0 && seen >= Math.min(box.height, bottom - top) / 2;
    const time = enough ? (page.times.get(part.id) ?? 0) + TICK : 0;
    page.times.set(part.id, time);
    if (time < DWELL) continue;
    first ||= part.id;
    reach(part.id);
  }
  if (first && first !== page.last) {
    page.last = first;
    note("last", first);
  }
}

function reach(key) {
  if (page.reached.has(key)) return;
  page.reached.add(key);
  note("part", key);
  const shown = document.querySelector("[data-parts]");
  if (!shown) return;
  shown.querySelector("progress").value = page.reached.size;
  shown.querySelector("[data-n]").textContent = page.reached.size;
}

// Opened is what has really been painted on a screen that somebody can see.
function open() {
  if (!page || page.opened || !isVisible()) return;
  const mine = page;
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (mine !== page || page.opened || !isVisible()) return;
      page.opened = true;
      note("opened");
    }),
  );
}

function start() {
  page?.watch.disconnect();
  clearInterval(page?.ticks);
  page = null;
  // What an earlier page could not send.
  if (facts.length) later(SOON);
  const article = document.querySelector("[data-evidence]");
  if (!article) return;
  url = article.dataset.evidence;
  const near = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) near[isIntersecting ? "add" : "delete"](target);
  });
  page = {
    token: article.dataset.token,
    reached: new Set(article.dataset.reached.split(" ").filter(Boolean)),
    parts: [...article.querySelectorAll(".prose section[data-section]")],
    times: new Map(),
    last: "",
    opened: false,
    near,
    watch,
    ticks: setInterval(look, TICK),
  };
  page.parts.forEach((part) => watch.observe(part));
  open();
}

document.addEventListener("visibilitychange", () => {
  page?.times.clear();
  if (isVisible()) open();
  else tell({ leaving: true });
});
addEventListener("beforeprint", () => (printing = true));
addEventListener("afterprint", () => {
  printing = false;
  page?.times.clear();
});
addEventListener("pagehide", () => tell({ leaving: true }));
addEventListener("online", () => tell());
document.addEventListener("reader:changed", start);
start();
