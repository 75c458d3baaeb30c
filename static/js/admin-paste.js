// Lists and headings that Word and web pages put on the clipboard, in the editor's own words.
// The server cleans whatever is saved; this is so that it looks right at once.

const HEADINGS = { H1: "h3", H2: "h3", H5: "h4", H6: "h4" };
const NUMBERED = /^\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]$/i;

const TAG = /<[a-zA-Z](?:[^<>"']|"[^"]*"|'[^']*')*>/g;
const KEPT = { A: ["href"], TD: ["colspan", "rowspan"], TH: ["colspan", "rowspan"], P: ["class"] };

function rename(element, tag) {
  const made = element.ownerDocument.createElement(tag);
  made.append(...element.childNodes);
  element.replaceWith(made);
}

function levelOf(paragraph) {
  return Number(/mso-list\s*:[^;]*\blevel([1-9])/i.exec(paragraph.dataset.style ?? "")?.[1] ?? 0);
}

function listsOfWord(root) {
  let lists = [];
  let last = null;
  for (const paragraph of [...root.querySelectorAll("p")]) {
    const level = levelOf(paragraph);
    if (!level) continue;
    const mark = [...paragraph.querySelectorAll("span")].find((one) =>
      /mso-list\s*:\s*ignore/i.test(one.dataset.style ?? ""));
    const tag = NUMBERED.test(mark?.textContent.trim() ?? "") ? "ol" : "ul";
    mark?.remove();
    if (!last || paragraph.previousElementSibling !== lists[0]) lists = [];
    if (level === 1 && lists[0] && lists[0].localName !== tag) lists = [];
    lists.length = Math.min(lists.length, level);
    if (!lists.length) {
      lists = [root.ownerDocument.createElement(tag)];
      paragraph.before(lists[0]);
    } else if (lists.length < level && lists.at(-1).lastElementChild) {
      const inner = root.ownerDocument.createElement(tag);
      lists.at(-1).lastElementChild.append(inner);
      lists.push(inner);
    }
    const item = root.ownerDocument.createElement("li");
    lists.at(-1).append(item);
    item.append(paragraph);
    last = paragraph;
  }
}

export function tidy(html) {
  // A document of its own: nothing in it loads or runs. The page's policy would still complain
  // of each style and handler in it, so they are given other names before it is read.
  const quiet = html.replace(TAG, (tag) => tag.replace(/([\s"'/])(style|on\w+)(?=\s*=)/gi, "$1data-$2"))
    .replace(/<style[\s\S]*?<\/style\s*>/gi, "");
  const root = new DOMParser().parseFromString(quiet, "text/html").body;
  listsOfWord(root);
  for (const heading of root.querySelectorAll("h1, h2, h5, h6")) rename(heading, HEADINGS[heading.tagName]);
  for (const bold of root.querySelectorAll("b[id^=docs-internal]")) bold.replaceWith(...bold.childNodes);
  for (const caption of root.querySelectorAll("table > caption")) {
    const paragraph = root.ownerDocument.createElement("p");
    paragraph.className = "table-caption";
    paragraph.append(...caption.childNodes);
    caption.closest("table").before(paragraph);
    caption.remove();
  }
  for (const image of root.querySelectorAll("img, style, script, svg, math, object, iframe")) image.remove();
  for (const element of root.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) {
      if (!KEPT[element.tagName]?.includes(name)) element.removeAttribute(name);
    }
  }
  for (const paragraph of root.querySelectorAll("p")) {
    if (!paragraph.textContent.trim()) paragraph.remove();
  }
  return root.innerHTML.replace(/(?:&nbsp;|\s)*&nbsp;(?:&nbsp;|\s)+/g, " ");
}

function equip(editor) {
  if (editor.isTidy) return;
  editor.isTidy = true;
  const own = editor.view.props.transformPastedHTML;
  editor.view.setProps({
    transformPastedHTML: (html, ...rest) => tidy(own ? own(html, ...rest) : html),
  });
}

document.addEventListener("prose-editor:ready", ({ detail: { editor } }) => equip(editor));
for (const area of document.querySelectorAll(".prose-editor .tiptap")) {
  if (area.editor) equip(area.editor);
}
