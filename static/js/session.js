// Asks two minutes before the session ends whether somebody is there. Once it has ended, covers the
// page and keeps what was typed: after signing in again in another tab, work goes on here.
// All tabs share one session: what one of them learns it tells the others.

const box = document.getElementById("session-end");
const { who, url, css } = box.dataset;
const WARNING = 120_000;

const channel = new BroadcastChannel("session");
let until = Date.now() + box.dataset.left * 1000;
let { limit } = box.dataset;
let token = "";
let timer = 0;
let shows = "";
let dialog = null;
let before = null;

function plan() {
  clearTimeout(timer);
  const left = until - Date.now();
  timer = setTimeout(look, left > WARNING ? left - WARNING : Math.max(left, 0) + 500);
}

async function ask(options = {}) {
  const answer = await fetch(url, { cache: "no-store", ...options });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

// What the server says goes: a click in another tab, or a draft, may have kept the session.
async function look() {
  let told;
  try {
    told = await ask();
  } catch {
    told = { who, left: (until - Date.now()) / 1000, limit };
  }
  if (told.who !== who || told.left <= 0) return over();
  take(told);
  if (told.left * 1000 > WARNING + 1000) hide();
  else if (shows !== told.limit) show(told.limit);
  plan();
}

function take(told) {
  until = Date.now() + told.left * 1000;
  ({ limit } = told);
  token = told.token ?? token;
}

// The page's forms were made for a sign-in that has ended.
function renewForms() {
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
}

const tell = () => channel.postMessage({ who, left: (until - Date.now()) / 1000, limit });

async function stay() {
  try {
    take(await ask({ method: "POST", headers: { "X-CSRFToken": token } }));
    hide();
    plan();
    tell();
  } catch {
    look();
  }
}

function over() {
  clearTimeout(timer);
  show("over");
}

async function check() {
  let told = { who: "", left: 0 };
  try {
    told = await ask();
  } catch {
    // Still out of reach: not signed in as far as this page can tell.
  }
  if (told.who && told.who !== who) return location.reload();
  dialog.querySelector("[data-not-yet]").hidden = told.left > 0;
  if (told.left <= 0) return;
  take(told);
  renewForms();
  hide();
  plan();
}

function build() {
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: css }));
  dialog = box.content.firstElementChild.cloneNode(true);
  dialog.querySelector("[data-stay]").addEventListener("click", stay);
  dialog.querySelector("[data-close]").addEventListener("click", hide);
  dialog.querySelector("[data-check]").addEventListener("click", check);
  // Escape says that somebody is there; it uncovers nothing.
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (shows === "idle") stay();
    else if (shows === "long") hide();
  });
  // Chromium closes at the second Escape whatever is said to the first one.
  dialog.addEventListener("close", () => shows === "over" && dialog.showModal());
  document.body.append(dialog);
}

function show(what) {
  if (shows === what) return;
  if (!dialog) build();
  if (!shows) before = document.activeElement;
  shows = dialog.dataset.shows = what;
  document.documentElement.classList.toggle("session-over", what === "over");
  const part = dialog.querySelector(`[data-state=${what}]`);
  for (const [attribute, name] of [["title", "labelledby"], ["text", "describedby"]]) {
    const words = part.querySelector(`[data-${attribute}]`);
    words.id = `session-${what}-${attribute}`;
    dialog.setAttribute(`aria-${name}`, words.id);
  }
  if (!dialog.open) dialog.showModal();
  part.querySelector(".btn").focus();
}

function hide() {
  if (!shows) return;
  shows = "";
  document.documentElement.classList.remove("session-over");
  dialog.close();
  before?.focus?.();
}

channel.addEventListener("message", ({ data }) => {
  if (shows === "over") return check();
  if (data.who !== who) return look();
  if (data.left * 1000 <= until - Date.now()) return;
  take(data);
  hide();
  plan();
});

// After sleep the clock has gone on and the timer has not.
function back() {
  if (document.visibilityState !== "visible") return;
  if (shows === "over") check();
  else if (Date.now() > until - WARNING) look();
}
document.addEventListener("visibilitychange", back);
addEventListener("pageshow", (event) => event.persisted && look());

plan();
tell();
