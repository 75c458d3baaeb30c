// Shows citations and figures in the text as marks of their own, so that nobody writes into them.

import { pm } from "django-prose-editor/editor";

const { Plugin } = pm.state;
const { Decoration, DecorationSet } = pm.view;
const MARK = /\[\s*@[\w-]+(?:\s*;\s*@[\w-]+)*\s*\]|\{figure:\s*[\w-]+\s*\}/g;

function marksOf(doc) {
  const found = [];
  doc.descendants((node, at) => {
    if (!node.isText) return;
    for (const match of node.text.matchAll(MARK)) {
      const kind = match[0].startsWith("{") ? "figure-chip" : "cite-chip";
      found.push(Decoration.inline(at + match.index, at + match.index + match[0].length, { class: kind }));
    }
  });
  return DecorationSet.create(doc, found);
}

function equip(editor) {
  if (editor.hasChips) return;
  editor.hasChips = true;
  editor.registerPlugin(new Plugin({
    state: {
      init: (_config, state) => marksOf(state.doc),
      apply: (change, marks) => (change.docChanged ? marksOf(change.doc) : marks),
    },
    props: { decorations(state) { return this.getState(state); } },
  }));
}

document.addEventListener("prose-editor:ready", ({ detail: { editor } }) => equip(editor));
for (const area of document.querySelectorAll(".prose-editor .tiptap")) {
  if (area.editor) equip(area.editor);
}
