// The desk's own buttons: cite a reference, place a figure, Greek letters and signs.

const desk = document.querySelector(".writing-desk");
const words = document.querySelector("#desk-words")?.dataset ?? {};
const CODES = { KeyC: "cite-dialog", KeyF: "place-dialog", KeyG: "signs-dialog" };
const CITATION = /\[(\s*@[\w-]+(?:\s*;\s*@[\w-]+)*)\s*\]/g;
let editor = null;

function open(id, from) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  editor = from;
  dialog.showModal();
  dialog.dispatchEvent(new Event("desk:open"));
}

/** Put something where the cursor is, after what is selected. */
function insert(content) {
  editor.chain().focus().setTextSelection(editor.state.selection.to).insertContent(content).run();
}

function addTools(from, menu) {
  const tools = document.querySelector("#desk-tools")?.content.cloneNode(true);
  if (!tools || menu.querySelector(".desk-tools")) return;
  for (const button of tools.querySelectorAll("button")) {
    button.addEventListener("click", () => open(button.dataset.opens, from));
  }
  menu.append(tools);
  from.view.dom.addEventListener("keydown", (event) => {
    if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey || !CODES[event.code]) return;
    event.preventDefault();
    open(CODES[event.code], from);
  }, { capture: true });
}

document.addEventListener("desk:menu", ({ detail }) => addTools(detail.editor, detail.menu));
for (const area of document.querySelectorAll(".prose-editor .tiptap")) {
  const menu = area.editor?.storage.menu?.dom;
  if (menu) addTools(area.editor, menu);
}

for (const dialog of document.querySelectorAll(".desk-dialog")) {
  // What is typed in a dialog is no change of the draft, and Enter in it does not save the draft.
  for (const name of ["input", "change"]) dialog.addEventListener(name, (event) => event.stopPropagation());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => editor?.commands.focus());
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

const sentence = (text) => (text ? `${text.replace(/\.$/, "")}. ` : "");

/** Arrow keys go along a list's boxes or buttons, and from its first back to `before`. */
function walk(list, before) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...list.querySelectorAll("input, button")];
    const next = all.indexOf(document.activeElement) + step;
    (next < 0 ? before : all[next])?.focus();
  });
}

// --- Cite -----------------------------------------------------------------------------------

const cite = document.querySelector("#cite-dialog");
if (cite && desk) {
  const search = cite.querySelector("input");
  const list = cite.querySelector("[data-list]");
  const count = cite.querySelector("[data-count]");
  const known = new Map();
  let chosen = [];
  let asked = null;
  let timer = 0;

  /** The numbers as the page will have them, from the text as it stands now. */
  const numbers = () => {
    const order = new Map();
    for (const text of desk.querySelectorAll(".inline-related:not(.empty-form) textarea")) {
      for (const [, keys] of text.value.matchAll(CITATION)) {
        for (const [, key] of keys.matchAll(/@([\w-]+)/g)) {
          if (known.has(key) && !order.has(key)) order.set(key, order.size + 1);
        }
      }
    }
    return order;
  };

  const show = (references) => {
    const order = numbers();
    const first = search.value.trim() ? chosen : [...new Set([...chosen, ...order.keys()])];
    const keys = [...new Set([...first, ...references.map((one) => one.key)])];
    list.replaceChildren(...keys.map((key) => {
      const one = known.get(key);
      const item = element("li", "");
      const label = element("label", "");
      const box = element("input", "");
      box.type = "checkbox";
      box.value = key;
      box.checked = chosen.includes(key);
      box.addEventListener("change", () => {
        chosen = box.checked ? [...chosen, key] : chosen.filter((other) => other !== key);
      });
      const text = element("span", "reference");
      if (order.has(key)) text.append(element("b", "number", `[${order.get(key)}] `));
      text.append(`${sentence(one.authors)}${sentence(one.title)}`, element("span", "quiet", one.imprint));
      const notes = [!order.has(key) && one.elsewhere && words.elsewhere, !one.checked && words.notChecked];
      for (const note of notes.filter(Boolean)) text.append(" ", element("span", "state", note));
      label.append(box, text);
      item.append(label);
      return item;
    }));
  };

  const load = async () => {
    asked?.abort();
    asked = new AbortController();
    const address = new URL(desk.dataset.referencesUrl, window.location.href);
    address.searchParams.set("q", search.value);
    try {
      const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const { references, said } = await answer.json();
      for (const one of references) known.set(one.key, one);
      show(references);
      count.textContent = said;
    } catch (error) {
      if (error.name !== "AbortError") count.textContent = words.failed;
    }
  };

  const finish = () => {
    const keys = chosen.length ? chosen : [list.querySelector("input")?.value].filter(Boolean);
    if (!keys.length) return;
    cite.close();
    insert({ type: "text", text: `[${keys.map((key) => `@${key}`).join("; ")}]` });
  };

  cite.addEventListener("desk:open", () => {
    chosen = [];
    search.value = "";
    list.replaceChildren();
    count.textContent = "";
    search.focus();
    load();
  });
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, 200);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      list.querySelector("input")?.focus();
    }
    if (event.key === "Enter") finish();
  });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    if (!chosen.length) chosen = [event.target.value];
    finish();
  });
  walk(list, search);
  cite.querySelector("[data-insert]").addEventListener("click", finish);
}

// --- Figures and signs ----------------------------------------------------------------------

const place = document.querySelector("#place-dialog");
place?.addEventListener("desk:open", () => {
  const saved = [...document.querySelectorAll("#figures-group .inline-related.has_original")];
  const list = place.querySelector("[data-list]");
  list.replaceChildren(...saved.map((row) => {
    const key = row.querySelector("input[name$='-key']").value;
    const picture = row.querySelector("img.thumbnail")?.cloneNode();
    const alt = row.querySelector("[name$='-alt']").value;
    const decorative = row.querySelector("[name$='-decorative']").checked;
    if (picture) picture.alt = "";
    const item = element("li", "");
    const button = element("button", "place");
    button.type = "button";
    const text = element("span", "", alt || (decorative ? words.decorative : words.noAlt));
    button.append(...[picture, element("code", "", key), text].filter(Boolean));
    button.addEventListener("click", () => {
      place.close();
      putFigure(key);
    });
    item.append(button);
    return item;
  }));
  place.querySelector("[data-count]").textContent = saved.length ? words.figures : words.noFigures;
  (list.querySelector("button") ?? place.querySelector("[data-close]")).focus();
});
if (place) walk(place.querySelector("[data-list]"), null);

/** A paragraph of its own: in place of an empty one, or below what the cursor stands in. */
function putFigure(key) {
  const { $from } = editor.state.selection;
  const paragraph = { type: "paragraph", content: [{ type: "text", text: `{figure:${key}}` }] };
  const isEmpty = $from.depth === 1 && $from.parent.content.size === 0;
  const after = $from.depth ? $from.after(1) : editor.state.doc.content.size;
  const where = isEmpty ? { from: $from.before(1), to: after } : after;
  editor.chain().focus().insertContentAt(where, paragraph).run();
}

const signs = document.querySelector("#signs-dialog");
for (const button of signs?.querySelectorAll("[data-sign]") ?? []) {
  button.setAttribute("aria-label", `${button.dataset.sign} ${button.title}`);
  button.addEventListener("click", () => {
    signs.close();
    insert({ type: "text", text: button.dataset.sign });
  });
}
signs?.querySelector(".signs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...signs.querySelectorAll("[data-sign]")];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
});
signs?.addEventListener("desk:open", () => signs.querySelector("[data-sign]").focus());

// Ctrl+S saves the draft, from wherever the cursor is.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  document.querySelector("#save-row [name='_continue']")?.click();
});
