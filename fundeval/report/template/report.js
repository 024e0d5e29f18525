// What a page of a report does beyond its HTML; without it, everything is there and can be read.
const wide = matchMedia("(min-width: 75rem)");
const contents = document.querySelector(".contents details");
const fit = () => { contents.open = wide.matches; };
wide.addEventListener("change", fit);
fit();

// Mark the line of the contents for what stands at the top of the window.
const links = new Map([...contents.querySelectorAll("a")].map(
  (link) => [document.getElementById(decodeURIComponent(link.hash.slice(1))), link]));
const mark = () => {
  const passed = [...links.keys()].filter((at) => at.getBoundingClientRect().top < innerHeight / 4);
  const now = links.get(passed.at(-1));
  for (const link of links.values()) {
    if (link === now) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
  if (wide.matches && now) {
    const list = contents.parentElement;
    const [seen, line] = [list, now].map((each) => each.getBoundingClientRect());
    if (line.top < seen.top || line.bottom > seen.bottom) list.scrollTop += line.top - seen.top - seen.height / 3;
  }
};
const watch = new IntersectionObserver(mark, { rootMargin: "0px 0px -75% 0px" });
for (const at of links.keys()) watch.observe(at);

// A link to what is folded unfolds it.
const unfold = () => {
  const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!at) return;
  for (let around = at; around; around = around.parentElement) {
    if (around.localName === "details") around.open = true;
  }
  const all = at.closest("tr") && at.closest(".long")?.querySelector(".all input");
  if (all) all.checked = true;
  at.scrollIntoView();
};
addEventListener("hashchange", unfold);
unfold();

// Below each table, a file of it that spreadsheets open: cells as shown, numbers without commas.
const figure = /^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const formula = /^(?![-+][\d.,]+%?$)[=+\-@\t\r]/;
const cell = ({ textContent: text }) => {
  const value = figure.test(text) ? text.replaceAll(",", "") : text.replace(formula, "'$&");
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
};
const page = location.pathname.split("/").at(-1).replace(/\.html$/, "");
for (const tools of document.querySelectorAll(".tools")) {
  const table = tools.previousElementSibling.querySelector("table");
  const button = tools.appendChild(document.createElement("button"));
  button.textContent = document.body.dataset.file;
  button.addEventListener("click", () => {
    const lines = [...table.rows].map((row) => [...row.cells].map(cell).join(",") + "\r\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", ...lines], { type: "text/csv" }));
    link.download = `${page}-${table.id.replace(/^table-/, "")}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

// Paper has no folds; browsers that do not print them by style have them opened.
const folded = [];
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("main details:not([open])")) {
    fold.open = true;
    folded.push(fold);
  }
});
addEventListener("afterprint", () => {
  for (const fold of folded.splice(0)) fold.open = false;
});
