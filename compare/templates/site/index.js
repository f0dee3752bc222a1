"use strict";
const table = document.querySelector(".all"), body = table.tBodies[0], rows = [...body.rows];
const filterable = form => {
  const told = form.querySelector("output");
  const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
  const chosen = ["outcome", "model", "tier", "paper"];
  form.hidden = false;
  const filter = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/), only = form.elements.only.checked;
    let shown = 0;
    for (const row of rows) {
      const fits = chosen.every(name => !form.elements[name].value || row.dataset[name] === form.elements[name].value);
      row.hidden = !fits || (only && !("open" in row.dataset)) || !words.every(word => texts.get(row).includes(word));
      shown += !row.hidden;
    }
    told.textContent = `${shown} of ${rows.length} claims`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", event => event.preventDefault());
  filter();
};
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
    const value = row => { const x = parseFloat(text(row)); return Number.isNaN(x) ? -Infinity : x; };
    const numbers = cell.classList.contains("number");
    const keys = new Map(rows.map(row => [row, numbers ? value(row) : text(row)]));
    const order = new Intl.Collator("en", { numeric: true });
    rows.sort((a, b) => {
      const [x, y] = [keys.get(a), keys.get(b)];
      return sign * (numbers ? (x > y) - (x < y) : order.compare(x, y));
    });
    body.append(...rows);
  });
});
const form = document.querySelector(".filter");
if (form) filterable(form);
