// Keeps what is typed into a form[data-draft="name"] on the server, so that it is there again on
// any device after the phone has died. What it says stands in [data-draft-state].

const PAUSE = 900;
// Browsers refuse to send more than 64 KB on behalf of a page that is gone.
const MOST_AT_THE_END = 60_000;

for (const form of document.querySelectorAll("form[data-draft]")) {
  const state = form.querySelector("[data-draft-state]");
  const words = () =>
    [...form.elements].filter(
      (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
    );
  let timer = 0;
  let sending = null;
  let waiting = false;
  let leaving = false;
  let failed = false;

  function say(text) {
    if (state && state.textContent !== text) state.textContent = text;
  }

  function body() {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    data.set("draft", form.dataset.draft);
    for (const field of words()) {
      if (!["radio", "checkbox"].includes(field.type) || field.checked) data.append(field.name, field.value);
    }
    return data;
  }

  // The name follows the chosen morning; saving and starting over must know it.
  function rename(name) {
    form.dataset.draft = name;
    for (const field of document.querySelectorAll("[data-draft-name]")) field.value = name;
  }

  async function send() {
    const data = body();
    const size = [...data.values()].reduce((sum, value) => sum + new Blob([value]).size + 200, 0);
    try {
      const answer = await fetch(form.dataset.draftUrl, {
        method: "POST", body: data, redirect: "manual", keepalive: size < MOST_AT_THE_END,
      });
      if (answer.type === "opaqueredirect") return say(state?.dataset.signedOut ?? "");
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok) return say(told.words || (state?.dataset.refused ?? ""));
      failed = false;
      rename(told.form);
      say(told.words);
      if (!timer && !waiting) form.dispatchEvent(new Event("draft:kept"));
    } catch {
      failed = true;
      if (!leaving) say(state?.dataset.offline ?? "");
    }
  }

  // One at a time: of two at once the older one might arrive last.
  async function keep() {
    clearTimeout(timer);
    timer = 0;
    if (sending) {
      waiting = true;
      return;
    }
    do {
      waiting = false;
      sending = send();
      await sending;
      sending = null;
    } while (waiting && !leaving);
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  }

  const now = () => timer && !leaving && keep();

  form.addEventListener("input", soon);
  addEventListener("online", () => failed && soon());
  addEventListener("pagehide", () => {
    if ((timer || waiting) && !leaving) send();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && now());
  if ("restored" in form.dataset) soon();

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(timer);
    timer = 0;
    waiting = false;
    leaving = true;
    if (!sending) return;
    // What is on its way would be kept after it was saved. It is waited for, but not for long.
    event.preventDefault();
    const pressed = event.submitter;
    Promise.race([sending, new Promise((done) => setTimeout(done, 1500))]).then(() => {
      sending = null;
      form.requestSubmit(pressed);
    });
  });
  addEventListener("pageshow", () => (leaving = false));
  document.getElementById("start-over")?.addEventListener("submit", () => {
    clearTimeout(timer);
    timer = 0;
    leaving = true;
    form.removeAttribute("data-guard");
    form.dispatchEvent(new Event("draft:kept"));
  });
}
