// Sorting, filters and search of the list of units, by DataTables. Without script the page
// shows the whole list.
const list = document.getElementById("units");
const inLanguage = new Intl.Collator(document.documentElement.lang, { numeric: true });
const unknown = (cell) => cell === "" || cell === null;
const missingLast = (compare) => (a, b) =>
  unknown(a) || unknown(b) ? unknown(a) - unknown(b) : compare(a, b);
const addType = (name, compare) =>
  DataTable.type(name, {
    order: { asc: missingLast(compare), desc: missingLast((a, b) => compare(b, a)) },
  });
addType("amount", (a, b) => a - b);
addType("words", inLanguage.compare);

const table = new DataTable(list, {
  autoWidth: false,
  columnDefs: [
    { targets: "figure", type: "amount" },
    { targets: "_all", type: "words" },
  ],
  language: JSON.parse(list.dataset.words),
  lengthMenu: [50, 200, 1000],
  order: [],
  orderClasses: false,
});

const filters = document.getElementById("filters");
filters.hidden = false;
for (const choice of filters.querySelectorAll("select")) {
  choice.addEventListener("change", () => {
    const chosen = (cell) => cell.split(" › ").includes(choice.value);
    const column = table.column(Number(choice.dataset.column));
    column.search.fixed("choice", choice.value ? chosen : null).draw();
  });
}

// On paper all rows found, not one page of them.
let shown;
window.addEventListener("beforeprint", () => {
  shown = table.page.len();
  table.page.len(-1).draw();
});
window.addEventListener("afterprint", () => table.page.len(shown).draw());
