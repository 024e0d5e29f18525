// Search over all units of a run: by id, name and the names of the units above. The query stands
// in the address: #q=H99.
const MOST = 200;
const form = document.getElementById("filters");
const results = document.getElementById("results");
/** @typedef {[id: string, name: string, above: number, page: number, report: number | string,
 *             other?: string]} Unit */
const paths = [];
const texts = data.units.map(([id, name, above, , , other = ""], n) => {
  paths[n] = above < 0 ? name : `${paths[above]} › ${name}`;
  return plain([id, other, paths[n]].join("\n"));
});
/** The nearest unit from one upwards that a page lists by itself or finds by another. */
const show = (n) => {
  const [id, name, above, page, report] = data.units[n];
  const item = element("li");
  item.append(element("strong", name), ` ${id} `);
  if (above >= 0) item.append(element("span", `${paths[above]} `, { class: "note" }));
  if (report) {
    const href = report === 1 ? `../reports/${id}.html` : report;
    item.append(element("a", say("report"), { href }), " ");
  }
  if (page >= 0) {
    const href = `${data.pages[page]}#${new URLSearchParams({ q: id })}`;
    item.append(element("a", say("in_index"), { href }));
  }
  return item;
};
const search = () => {
  const terms = termsOf(form.elements.q.value);
  const found = [];
  if (terms.length) texts.forEach((text, n) => holds(terms, text) && found.push(n));
  results.replaceChildren(...found.slice(0, MOST).map(show));
  const count = document.getElementById("count");
  count.textContent = terms.length ? say("results", { count: found.length }) : "";
  if (found.length > MOST) count.textContent += say("more", { count: found.length - MOST });
};
form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
let waiting = 0;
form.elements.q.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    search();
    const q = form.elements.q.value;
    intoAddress(new URLSearchParams(q ? { q } : {}), false);
  }, 150);
});
const restore = () => {
  const given = inAddress();
  if (!given) return;
  form.elements.q.value = given.get("q") ?? "";
  search();
};
window.addEventListener("hashchange", restore);
window.addEventListener("pageshow", restore);
restore();
form.elements.q.focus();
