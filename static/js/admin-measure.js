// How hard a section is to read, beside it and while it is written; and where its hard sentences are.

const desk = document.querySelector(".writing-desk");
const words = document.querySelector("#desk-words")?.dataset ?? {};
const MARK = /\s*\[\s*@[^[\]]*\]|\{figure:[^{}]*\}/g;

const rows = () => [...desk.querySelectorAll(".inline-related:not(.empty-form)")];
const textOf = (row) => row.querySelector("textarea[name$='-body']");

/** Where a sentence stands in the text, whatever citations and spaces are in between. */
function find(doc, sentence) {
  const wanted = sentence.replace(/\s+/g, "");
  let found = null;
  doc.descendants((block, at) => {
    if (found || !block.isTextblock) return !found;
    const signs = [];
    const text = block.textBetween(0, block.content.size, null, "\n");
    const hidden = new Set();
    for (const match of text.matchAll(MARK)) {
      for (let i = 0; i < match[0].length; i += 1) hidden.add(match.index + i);
    }
    for (let i = 0; i < text.length; i += 1) {
      if (!hidden.has(i) && !/\s/.test(text[i])) signs.push(i);
    }
    const place = signs.map((i) => text[i]).join("").indexOf(wanted);
    if (place >= 0) {
      found = { from: at + 1 + signs[place], to: at + 2 + signs[place + wanted.length - 1] };
    }
    return false;
  });
  return found;
}

const verdictOf = (panel) => panel.querySelector(".measure-grade")?.className;

function equip(panel) {
  for (const text of panel.querySelectorAll("span.hard-sentence")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "hard-sentence";
    button.title = words.show;
    button.textContent = text.textContent;
    text.replaceWith(button);
  }
}

function goTo(button) {
  const editor = button.closest(".inline-related").querySelector(".prose-editor .tiptap")?.editor;
  const place = editor && find(editor.state.doc, button.textContent);
  if (!place) return;
  editor.chain().focus().setTextSelection(place).scrollIntoView().run();
}

if (desk) {
  const waiting = new Map();
  const asked = new Map();

  const measure = async (row) => {
    asked.get(row)?.abort();
    const stop = new AbortController();
    asked.set(row, stop);
    const body = new FormData();
    const live = rows().filter((one) => !one.querySelector("input[name$='-DELETE']")?.checked);
    if (!live.includes(row)) return;
    for (const one of live) body.append("text", textOf(one).value);
    body.append("at", live.indexOf(row));
    body.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    try {
      const answer = await fetch(desk.dataset.measureUrl, { method: "POST", body, signal: stop.signal });
      if (!answer.ok) return;
      const { section, total } = await answer.json();
      const panel = row.querySelector("[data-measure]");
      const before = verdictOf(panel);
      panel.innerHTML = section;
      // Read aloud only where it says something else than before, not at every pause.
      if (verdictOf(panel) !== before) {
        const lines = [...panel.querySelectorAll(".measure-grade, .measure-range")];
        document.querySelector("#desk-said").textContent = lines.map((one) => one.textContent).join(". ");
      }
      equip(panel);
      desk.querySelector("[data-total]").innerHTML = total;
      row.querySelector("[data-as-of]").textContent = words.now;
    } catch (error) {
      // The panel stays as it was: another pause in the writing asks again.
      if (error.name !== "AbortError") console.info("The text could not be measured now.");
    }
  };

  desk.querySelectorAll("[data-measure]").forEach(equip);
  desk.addEventListener("click", (event) => {
    const button = event.target.closest("button.hard-sentence");
    if (button) goTo(button);
  });
  if (desk.dataset.measureUrl) {
    desk.addEventListener("input", (event) => {
      if (!event.target.matches("textarea[name$='-body']")) return;
      const row = event.target.closest(".inline-related");
      clearTimeout(waiting.get(row));
      waiting.set(row, setTimeout(() => measure(row), 900));
    });
  }
}
