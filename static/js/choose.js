// Choosing patients on the caseload: all of this page at once, and how many are chosen.

const form = document.querySelector("form[data-choose]");
if (form) {
  const boxes = [...form.querySelectorAll("input[name=patient]")];
  const all = form.querySelector("[data-choose-all]");
  const button = form.querySelector("[data-choose-button]");
  const said = form.querySelector("[data-choose-said]");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const fresh = button.textContent;
  let last = null;

  const chosen = () => boxes.filter((box) => box.checked).length;
  const show = () => {
    const n = chosen();
    all.checked = n === boxes.length;
    all.indeterminate = n > 0 && n < boxes.length;
    button.textContent = n ? button.dataset.pattern.replace("{n}", number.format(n)) : fresh;
  };
  const say = () => {
    said.textContent = said.dataset.pattern.replace("{n}", number.format(chosen()));
  };

  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
    say();
  });
  form.addEventListener("click", (event) => {
    const box = event.target;
    if (!boxes.includes(box)) return;
    // With the Shift key: everybody between this one and the one before.
    if (event.shiftKey && last && last !== box) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      say();
    }
    last = box;
    show();
  });
  // Back brings the ticks back, sometimes after the page is shown.
  addEventListener("pageshow", show);
  show();
}
