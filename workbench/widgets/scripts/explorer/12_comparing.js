// Two candidates side by side: what a month costs, split; and two pinned ones, only where they differ.

const PARTS = [["training", "Training"], ["serving", "Serving"], ["storage", "Storage"], ["egress", "Egress"], ["y", "Errors"]];
const LETTERS = ["A", "B"];

/** What a month costs, split, for the chosen candidate and the runner-up. */
class Split {
  constructor(explorer) {
    this.explorer = explorer;
    this.table = make("table", { class: "wb-split" });
    this.words = make("p", { class: "wb-quiet" });
    this.element = make("section", { class: "wb-panel", "aria-label": "What a month costs" }, make("h3", {}, "What a month costs"), scrolling("What a month costs", this.table), this.words);
  }

  show() {
    const { chosen, other, otherWords } = this.explorer;
    this.element.hidden = !chosen;
    if (!chosen) return;
    const columns = [[chosen, "chosen"], ...(other ? [[other, otherWords]] : [])];
    const parts = PARTS.filter(([part]) => columns.some(([row]) => row[part] > 0));
    const most = Math.max(...columns.map(([row]) => row.total), 1e-9);
    const bar = (value) => { const piece = make("span", { class: "wb-share", "aria-hidden": "true" }); piece.style.width = `${(Math.max(0, value) / most) * 100}%`; return piece; };
    const head = ([row, words]) => make("th", { scope: "col" }, shown(row.id, 28), make("small", {}, words));
    const line = (name, of, total) => make("tr", total ? { class: "wb-total" } : {}, make("th", { scope: "row" }, name), ...columns.map(([row]) => make("td", {}, total ? usd(of(row)) : monthly(of(row)), total ? null : bar(of(row)))));
    this.table.replaceChildren(make("caption", { class: "wb-hidden" }, "USD a month"), make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "USD a month"), ...columns.map(head))),
      make("tbody", {}, ...parts.map(([part, name]) => line(name, (row) => row[part], false)), line("In all", (row) => row.total, true)));
    const hidden = PARTS.filter(([part]) => !parts.some(([kept]) => kept === part)).map(([, name]) => name.toLowerCase());
    this.words.textContent = hidden.length ? `Nothing is paid for ${hidden.join(" and ")}.` : "";
  }
}

/** The two pinned candidates: only the figures that differ. */
class Pinned {
  constructor(explorer) {
    this.explorer = explorer;
    this.table = make("table", { class: "wb-pinned" });
    this.words = make("p", { class: "wb-quiet" });
    this.clear = make("button", { type: "button", on: { click: () => explorer.set({ pins: [] }) } }, "Unpin");
    this.element = make("section", { class: "wb-panel", "aria-label": "Pinned candidates" }, make("h3", {}, "Pinned side by side"), scrolling("Pinned candidates", this.table), make("div", { class: "wb-actions" }, this.words, this.clear));
  }

  show() {
    const { pinned } = this.explorer;
    this.element.hidden = pinned.length === 0;
    if (!pinned.length) return;
    const rows = pinned.map(([, row]) => row);
    const lines = figuresOf(this.explorer.state).map(([name, of, write]) => ({ name, values: rows.map(of), texts: rows.map((row) => write(of(row))), write }));
    const differing = rows.length < 2 ? lines : lines.filter(({ texts }) => texts[0] !== texts[1]);
    const gap = ({ values, write }) => (Number.isFinite(values[1] - values[0]) ? `${values[1] >= values[0] ? "+" : "−"}${write(Math.abs(values[1] - values[0]))}` : UNKNOWN);
    const heads = [...pinned.map(([letter, row]) => make("th", { scope: "col" }, `${letter}: ${shown(row.id, 28)}`)), ...(rows.length > 1 ? [make("th", { scope: "col" }, "B less A")] : [])];
    this.table.replaceChildren(make("caption", { class: "wb-hidden" }, "Pinned candidates"), make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Figure"), ...heads)),
      make("tbody", {}, ...differing.map((line) => make("tr", {}, make("th", { scope: "row" }, line.name), ...line.texts.map((text) => make("td", {}, text)), ...(rows.length > 1 ? [make("td", {}, gap(line))] : [])))));
    this.words.textContent = rows.length < 2 ? "Pin a second candidate to see what differs." : `${lines.length - differing.length} of ${lines.length} figures are the same and not shown.`;
  }
}

/** List the figures that a candidate has: name, value, words. */
function figuresOf(state) {
  const quantities = Object.values(quantitiesOf(state)).map(({ words, unit, of, write }) => [`${words} (${unit})`, of, write]);
  const metrics = Object.keys(state.signs).map((name) => [`${plain(name)} (test)`, (row) => row.candidate.metric("test", name), fixed]);
  const threshold = state.task === "binary" ? [["Threshold (probability)", (row) => row.threshold, (value) => String(Number(value.toPrecision(4)))]] : [];
  return [...threshold, ...quantities, ...metrics];
}
