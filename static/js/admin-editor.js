// Makes the rich-text editor speak: its name, its buttons' names and states, and a way to them
// and out of the text by keyboard (Escape; Tab alone moves inside tables and lists).

const words = document.querySelector("#desk-words")?.dataset ?? {};
const TITLES = {
  bold: words.bold, italic: words.italic, subscript: words.subscript, superscript: words.superscript,
  bulletList: words.bulletList, orderedList: words.orderedList, blockquote: words.blockquote,
  link: words.link, unlink: words.unlink, table: words.table,
  "history:undo": words.undo, "history:redo": words.redo,
};
const STATEFUL = ["bold", "italic", "subscript", "superscript", "bulletList", "orderedList", "blockquote"];

document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => equip(editor, textarea));
for (const area of document.querySelectorAll(".prose-editor .tiptap")) {
  if (area.editor) equip(area.editor, area.closest(".prose-editor").querySelector("textarea"));
}

function equip(editor, textarea) {
  const area = editor.view.dom;
  if (area.dataset.equipped) return;
  area.dataset.equipped = "yes";
  area.setAttribute("role", "textbox");
  area.setAttribute("aria-multiline", "true");
  const part = textarea.closest(".inline-related")?.querySelector(".inline_label");
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  const name = [label?.textContent.replace(/:\s*$/, ""), part?.textContent].filter(Boolean);
  area.setAttribute("aria-label", name.map((text) => text.trim()).join(" · "));
  // A label's click lands in the hidden textarea otherwise.
  label?.addEventListener("click", (event) => {
    event.preventDefault();
    editor.commands.focus();
  });
  editor.on("update", () => textarea.dispatchEvent(new Event("change", { bubbles: true })));
  // The menu is made a moment after the text.
  if (editor.storage.menu?.dom) equipMenu(editor, area);
  else editor.on("create", () => equipMenu(editor, area));
}

function equipMenu(editor, area) {
  const menu = editor.storage.menu?.dom;
  if (!menu) return;
  menu.setAttribute("role", "toolbar");
  menu.setAttribute("aria-label", `${words.toolbar ?? ""} · ${area.getAttribute("aria-label")}`);
  menu.querySelectorAll(".prose-menubar__dropdown").forEach((one, place) =>
    openByKeyboard(one, place === 0 ? words.block : words.nodeClass));
  for (const button of menu.querySelectorAll("button[data-name]")) {
    const title = TITLES[button.dataset.name];
    if (!title) continue;
    button.title = title;
    button.setAttribute("aria-label", title);
  }
  // A new table begins with the headings of its columns; the library's own way asks and says no.
  menu.querySelector("[data-name=table]")?.addEventListener("click", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    editor.chain().focus().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run();
  }, { capture: true });
  const show = () => {
    for (const button of menu.querySelectorAll("button[data-name]")) {
      button.setAttribute("aria-disabled", button.classList.contains("disabled"));
      if (STATEFUL.includes(button.dataset.name)) {
        button.setAttribute("aria-pressed", button.classList.contains("active"));
      }
    }
  };
  editor.on("transaction", () => queueMicrotask(show));
  show();
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    menu.querySelector("[tabindex='0'], button:not(.hidden)")?.focus();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.target.closest("[popover]")) return;
    event.preventDefault();
    editor.commands.focus();
  });
  menu.dispatchEvent(new CustomEvent("desk:menu", { bubbles: true, detail: { editor, menu } }));
}

/** The library's lists open by mouse only: a div becomes a button. */
function openByKeyboard(list, name) {
  const opener = list.firstElementChild;
  const picker = list.querySelector("[popover]");
  opener.setAttribute("role", "button");
  opener.tabIndex = 0;
  opener.setAttribute("aria-haspopup", "true");
  opener.setAttribute("aria-expanded", "false");
  const describe = () => {
    const chosen = opener.querySelector("button");
    if (!chosen) return;
    const now = chosen.getAttribute("aria-label") ?? "";
    opener.setAttribute("aria-label", now && now !== "question_mark" ? `${name}: ${now}` : name ?? "");
    // What is shown in it is a copy of a button; a button in a button is none.
    const picture = document.createElement("span");
    picture.className = chosen.className;
    picture.append(...chosen.childNodes);
    if (chosen.dataset.level) picture.dataset.level = chosen.dataset.level;
    chosen.replaceWith(picture);
  };
  new MutationObserver(describe).observe(opener, { childList: true });
  describe();
  const shown = () => [...picker.querySelectorAll("button:not(.hidden)")];
  opener.addEventListener("keydown", (event) => {
    if (!["Enter", " ", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    opener.click();
    shown()[0]?.focus();
  });
  picker.addEventListener("toggle", (event) =>
    opener.setAttribute("aria-expanded", event.newState === "open"));
  picker.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      picker.hidePopover();
      opener.focus();
    }
    if (!step) return;
    event.preventDefault();
    const all = shown();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
  });
}
