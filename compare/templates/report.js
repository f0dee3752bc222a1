const table = document.querySelector(".all"), body = table.tBodies[0], rows = [...body.rows];
const form = document.querySelector(".filter"), status = form.querySelector("output");
form.hidden = false;
const filter = () => {
  const words = form.elements.words.value.toLowerCase().split(/\s+/), only = form.elements.only.checked;
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every(word => text.includes(word)) || (only && !("open" in row.dataset));
    shown += !row.hidden;
  }
  status.textContent = `${shown} of ${rows.length} claims`;
};
form.addEventListener("input", filter);
form.addEventListener("submit", event => event.preventDefault());
[...table.tHead.rows[0].cells].forEach((cell, k) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = cell.textContent;
  cell.replaceChildren(button);
  button.addEventListener("click", () => {
    const sign = cell.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    const text = row => row.cells[k].textContent.trim().replace(/^(±|within )/, "").replaceAll("−", "-");
    rows.sort((a, b) => sign * text(a).localeCompare(text(b), "en", { numeric: true }));
    const value = row => { const x = parseFloat(text(row)); return Number.isNaN(x) ? -1e999 : x; };
    if (cell.classList.contains("number")) rows.sort((a, b) => sign * (value(a) - value(b)) || 0);
    body.append(...rows);
  });
});
