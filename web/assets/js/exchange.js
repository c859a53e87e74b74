// One tick for every row of the page. Without this each row is ticked by itself.
for (const all of document.querySelectorAll("[data-tick-all]")) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const one of all.closest("table").querySelectorAll("input[name=row]")) one.checked = all.checked;
  });
}
