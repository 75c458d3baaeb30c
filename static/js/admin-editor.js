// Gives the rich-text editor the name and the help of the field that it stands for.

document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
  const area = editor.view.dom;
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
});
