// Sorting, filters, search and comparison in the list of units. All of it stands in the address,
// in words of the program: #grade=poor&within=990101&q=H99&sort=score&order=descending&pick=ID.
// Without script the page shows the whole list.
const list = document.getElementById("units");
const body = list.tBodies[0];
const form = document.getElementById("filters");
const titles = [...list.tHead.rows[0].cells];
const names = titles.map((title) => title.textContent);
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
/** @typedef {{row: HTMLTableRowElement, id: string, text: string, path: string[]}} Unit */
/** @type {Unit[]} */
const units = [];
const byId = new Map();
for (const row of body.rows) {
  const id = row.dataset.id;
  const above = byId.get(row.dataset.in);
  const own = [id, row.cells[0].textContent, row.dataset.other ?? "", row.cells[1].textContent];
  const unit = {
    row,
    id,
    text: plain(own.join("\n") + (above ? `\n${above.text}` : "")),
    path: [id, ...(above ? above.path : [])],
  };
  byId.set(id, unit);
  units.push(unit);
}
const also = new Map(
  Object.entries(data.also).map(([id, found]) => [
    id,
    found.map((own) => ({ name: `${own[1]} ${own[0]}`, text: plain(own.join("\n")) })),
  ]),
);

let state = new URLSearchParams();
// What is typed stands in the address a moment later: browsers refuse one for every key.
let waiting = 0;

/** What a row is sorted by; null is unknown and stays last both ways. */
const keyOf = (row, column) => {
  const cell = row.cells[column];
  if (titles[column].dataset.by === "number") {
    return cell.dataset.n === undefined ? null : Number(cell.dataset.n);
  }
  return cell.textContent || null;
};

const sort = () => {
  const column = titles.findIndex((title) => title.dataset.name === state.get("sort"));
  const sign = state.get("order") === "descending" ? -1 : 1;
  titles.forEach((title, n) => {
    if (n === column) title.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
    else title.removeAttribute("aria-sort");
  });
  list.classList.toggle("sorted", column >= 0);
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
  const keyed = units.map((unit) => [column < 0 ? 0 : keyOf(unit.row, column), unit.row]);
  keyed.sort(([a], [b]) =>
    a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b),
  );
  body.append(...keyed.map(([, row]) => row));
};

/** Units that the list leaves out are found by the one above them, which then names them. */
const tell = (unit, found) => {
  const head = unit.row.cells[0];
  head.querySelector(".found")?.remove();
  if (!found.length) return;
  const shown = found.slice(0, 5).map((each) => each.name);
  if (found.length > shown.length) shown.push(say("more", { count: found.length - shown.length }));
  head.append(element("span", shown.join(say("between")), { class: "found" }));
};

const filter = () => {
  const terms = termsOf(state.get("q") ?? "");
  const chosen = [...form.querySelectorAll("select")].filter((select) => state.get(select.name));
  let shown = 0;
  for (const unit of units) {
    const fits = chosen.every(({ name }) =>
      name === "within"
        ? unit.path.includes(state.get(name))
        : unit.row.dataset[name] === state.get(name),
    );
    const own = holds(terms, unit.text);
    const below = terms.length && fits && !own
      ? (also.get(unit.id) ?? []).filter((each) => holds(terms, each.text))
      : [];
    tell(unit, below);
    unit.row.hidden = !(fits && (own || below.length));
    shown += !unit.row.hidden;
  }
  document.getElementById("count").textContent =
    shown || !units.length ? say("count", { shown, total: units.length }) : say("empty");
};

/** The picked units beside each other, a column each. */
const compareUnits = () => {
  const place = document.getElementById("compared");
  const picked = state.getAll("pick").map((id) => byId.get(id)).filter(Boolean);
  for (const unit of units) {
    unit.row.querySelector("input").checked = picked.includes(unit);
  }
  place.hidden = picked.length === 0;
  place.replaceChildren();
  if (picked.length < 2) {
    if (picked.length) place.append(element("p", say("one_more"), { role: "status" }));
    return;
  }
  const table = element("table");
  table.append(element("caption", say("compared")));
  names.forEach((name, column) => {
    const row = table.insertRow();
    row.append(element("th", name, { scope: "row" }));
    for (const unit of picked) {
      const cell = unit.row.cells[column];
      const link = cell.querySelector("a");
      const text = column ? cell.textContent : cell.querySelector(".name").textContent;
      const made = column ? row.insertCell() : element("th", "", { scope: "col" });
      if (!column) row.append(made);
      made.append(link ? link.cloneNode(true) : text);
    }
  });
  const scrolled = { class: "scroll", tabindex: "0", role: "region", "aria-label": say("compared") };
  const frame = element("div", "", scrolled);
  frame.append(table);
  place.append(frame);
};

const apply = () => {
  for (const field of form.elements) {
    if (field.name) field.value = state.get(field.name) ?? "";
    // A choice that this page does not have would hide every unit.
    if (field.name && field.value !== (state.get(field.name) ?? "")) state.delete(field.name);
  }
  sort();
  filter();
  compareUnits();
};

/** @type {(change: () => void) => void} */
const alter = (change) => {
  clearTimeout(waiting);
  intoAddress(state, false);
  change();
  apply();
  intoAddress(state, true);
};

const set = (name, value) => (value ? state.set(name, value) : state.delete(name));

for (const title of titles) {
  const button = element("button", title.textContent, { type: "button" });
  button.append(element("span", say("sort"), { class: "hidden" }));
  title.replaceChildren(button);
  const next = { ascending: "descending", descending: "" };
  button.addEventListener("click", () =>
    alter(() => {
      const order = next[title.getAttribute("aria-sort")] ?? "ascending";
      set("sort", order && title.dataset.name);
      set("order", order);
    }),
  );
}
for (const unit of units) {
  const head = unit.row.cells[0];
  const name = head.textContent;
  const held = element("span", "", { class: "name" });
  held.append(...head.childNodes);
  const box = element("input", "", { type: "checkbox", "aria-label": say("pick", { name }) });
  box.addEventListener("change", () =>
    alter(() => {
      const ids = state.getAll("pick").filter((id) => id !== unit.id);
      state.delete("pick");
      for (const id of box.checked ? [...ids, unit.id] : ids) state.append("pick", id);
    }),
  );
  head.append(box, held);
}
form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", (event) => {
  event.preventDefault();
  alter(() => {
    state = new URLSearchParams();
  });
});
form.addEventListener("change", ({ target }) => {
  if (target.name !== "q") alter(() => set(target.name, target.value));
});
form.elements.q.addEventListener("input", ({ target }) => {
  set("q", target.value);
  filter();
  clearTimeout(waiting);
  waiting = setTimeout(() => intoAddress(state, false), 150);
});
const restore = () => {
  const given = inAddress();
  if (given) {
    state = given;
    apply();
  } else if (String(state)) {
    // The reader went to a place on the page: the list stays as it is, and so does its address.
    intoAddress(state, false);
  }
};
window.addEventListener("hashchange", restore);
window.addEventListener("pageshow", restore);
apply();
restore();
