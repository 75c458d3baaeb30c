// Up and down buttons for sections; without this script their position is a number to type.

const group = document.querySelector("#sections-group");
const words = document.querySelector("#desk-words")?.dataset ?? {};

function rows() {
  return [...group.querySelectorAll(".inline-related:not(.empty-form)")];
}

function number() {
  rows().forEach((row, index) => {
    const input = row.querySelector("input[name$='-position']");
    if (input) input.value = index;
  });
}

function say(row) {
  const place = (words.place ?? "").replace("%1", rows().indexOf(row) + 1).replace("%2", rows().length);
  const said = document.querySelector("#desk-said");
  if (said) said.textContent = place;
}

function button(text, word, row, move) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "move";
  made.textContent = text;
  const name = row.querySelector(".inline_label").textContent.trim();
  made.setAttribute("aria-label", `${word}: ${name}`);
  made.addEventListener("click", (event) => {
    event.preventDefault();
    move();
    number();
    made.dispatchEvent(new Event("change", { bubbles: true }));
    made.focus();
    row.scrollIntoView({ block: "nearest" });
    say(row);
  });
  return made;
}

function equip(row) {
  const heading = row.querySelector("h3");
  if (!heading || heading.querySelector(".move")) return;
  heading.append(
    button("↑", words.up, row, () => {
      const before = rows()[rows().indexOf(row) - 1];
      if (before) before.before(row);
    }),
    button("↓", words.down, row, () => {
      const after = rows()[rows().indexOf(row) + 1];
      if (after) after.after(row);
    }),
  );
}

if (group) {
  group.classList.add("has-order");
  rows().forEach(equip);
  document.addEventListener("formset:added", (event) => {
    if (!group.contains(event.target)) return;
    equip(event.target);
    number();
    event.target.querySelector("input.heading")?.focus();
    say(event.target);
  });
}
