// Up and down buttons for sections; without this script their position is a number to type.

const group = document.querySelector("#sections-group");

function rows() {
  return [...group.querySelectorAll(".inline-related:not(.empty-form)")];
}

function number() {
  rows().forEach((row, index) => {
    const input = row.querySelector("input[name$='-position']");
    if (input) input.value = index;
  });
}

function button(text, label, move) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "move";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", (event) => {
    event.preventDefault();
    move();
    number();
    made.dispatchEvent(new Event("change", { bubbles: true }));
    made.focus();
  });
  return made;
}

function equip(row) {
  const heading = row.querySelector("h3");
  if (!heading || heading.querySelector(".move")) return;
  const { up, down } = document.querySelector("#order-words").dataset;
  const name = () => heading.querySelector(".inline_label").textContent.trim();
  heading.append(
    button("↑", `${up}: ${name()}`, () => {
      const before = rows()[rows().indexOf(row) - 1];
      if (before) before.before(row);
    }),
    button("↓", `${down}: ${name()}`, () => {
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
  });
}
