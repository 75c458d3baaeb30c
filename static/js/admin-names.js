// Gives select2's own boxes (autocomplete fields) the name of the field that they stand for.

function nameBoxes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const box = select.parentElement.querySelector(".select2-container");
    if (!label || !box) continue;
    label.id ||= `${select.id}-label`;
    const chosen = box.querySelector(".select2-selection--single .select2-selection__rendered");
    if (chosen) {
      chosen.setAttribute("aria-labelledby", label.id);
      box.querySelector(".select2-selection").setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
    }
    const search = box.querySelector(".select2-search__field");
    search?.setAttribute("aria-labelledby", label.id);
    const combobox = box.querySelector("[aria-owns]");
    combobox?.setAttribute("aria-controls", combobox.getAttribute("aria-owns"));
  }
}

window.addEventListener("load", () => {
  nameBoxes();
  const jQuery = window.django?.jQuery;
  jQuery?.(document).on("change select2:open", (event) => {
    nameBoxes();
    if (event.type !== "select2:open") return;
    const search = document.querySelector(".select2-dropdown .select2-search__field");
    search?.setAttribute("aria-labelledby", `${event.target.id}-label`);
  });
});
