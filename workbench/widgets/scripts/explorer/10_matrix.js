// The threshold, and what it makes of the rows of a month: the confusion matrix in dollars.

/** Give the shares of all rows that each cell of the matrix holds at the threshold of a row of the table. */
function sharesAt(row) {
  const { rates } = row.candidate;
  const at = (values) => (values === undefined ? NaN : row.at !== null ? values[row.at] : between(rates.threshold, (i) => values[i], row.threshold));
  const [alarms, misses] = [at(rates.false_positives), at(rates.false_negatives)];
  const positive = rates.positive ?? (rates.false_negatives?.[0] === 0 ? 1 - rates.false_positives[0] : NaN);
  return { alarms, misses, hits: positive - misses, passes: 1 - positive - alarms };
}

class Matrix {
  constructor(explorer) {
    this.explorer = explorer;
    const id = serial();
    this.slider = make("input", { type: "range", name: "threshold", min: 0, max: 1, step: 1, "aria-labelledby": id, on: { input: () => this.slide() } });
    this.field = make("input", { type: "text", name: "threshold", inputmode: "decimal", autocomplete: "off", "aria-labelledby": id, on: { input: () => this.type(), change: () => this.show() } });
    this.reset = make("button", { type: "button", on: { click: () => explorer.set({ threshold: null }) } }, "Reset to best");
    this.words = make("p", { class: "wb-quiet" });
    this.body = make("tbody");
    const { positive } = explorer.state;
    const head = (text, note) => make("th", { scope: "col" }, text, make("small", {}, note));
    const corner = make("td", {});
    this.element = make("section", { class: "wb-panel", "aria-label": "Threshold" },
      make("h3", {}, "Threshold and what it makes of a month"),
      make("div", { class: "wb-control wb-threshold" }, make("span", { class: "wb-name", id }, "Threshold ", make("span", { class: "wb-unit" }, "(probability)")), this.slider, this.field, this.reset),
      this.words,
      scrolling("Confusion matrix", make("table", { class: "wb-matrix" }, make("caption", {}, "Rows a month, and what they cost in USD a month"),
        make("thead", {}, make("tr", {}, corner, head("Called positive", "from the threshold up"), head("Called negative", "below it"))), this.body)));
    this.positive = shown(positive || "positive", 32);
  }

  slide() {
    const { chosen } = this.explorer;
    if (chosen) this.explorer.set({ threshold: chosen.candidate.rates.threshold[Number(this.slider.value)] }, "threshold");
  }

  type() {
    const text = this.field.value.trim();
    const value = Number(text);
    const fits = text !== "" && value >= 0 && value <= 1;
    this.field.setAttribute("aria-invalid", String(!fits));
    if (fits) this.explorer.set({ threshold: value }, "threshold");
  }

  show(forced = true) {
    const { chosen, settings, state } = this.explorer;
    this.element.hidden = !chosen;
    if (!chosen) return;
    const { threshold } = chosen.candidate.rates;
    const place = Math.max(0, threshold.findLastIndex((cut) => cut <= chosen.threshold));
    this.slider.max = String(threshold.length - 1);
    this.slider.value = String(place);
    this.slider.setAttribute("aria-valuetext", `${Number(chosen.threshold.toPrecision(4))}, errors cost ${usd(chosen.y)} a month`);
    if (forced || document.activeElement !== this.field) { this.field.value = String(chosen.threshold); this.field.removeAttribute("aria-invalid"); }
    this.reset.disabled = settings.threshold == null;
    this.words.textContent = this.said();
    this.fill(sharesAt(chosen), rowsPerMonthOf(settings), hasPrice(settings, state.task));
  }

  said() {
    const { chosen, settings, state } = this.explorer;
    if (settings.threshold == null) return hasPrice(settings, state.task) ? "The best threshold under these prices of errors." : `No error has a price, so the threshold is ${UNPRICED_THRESHOLD}.`;
    const best = alone(state, settings, chosen.candidate);
    const more = chosen.y - best.y;
    const paid = more < 0.005 ? "costs the same" : `costs ${usd(more)} a month more`;
    return `Your own threshold ${paid}; the best is ${Number(best.threshold.toPrecision(4))}.`;
  }

  fill({ alarms, misses, hits, passes }, rows, priced) {
    const { settings } = this.explorer;
    const each = { alarms: settings.false_positive + settings.misclassified, misses: settings.false_negative + settings.misclassified };
    const cell = (share, words, price) => make("td", { class: price === undefined ? "" : "wb-wrong" },
      make("span", { class: "wb-cell" }, words), make("b", {}, Number.isFinite(share) ? requests(Math.max(0, share * rows)) : UNKNOWN),
      make("span", { class: "wb-cell" }, price === undefined ? "$0" : priced ? monthly(share * rows * price) : "no price"));
    this.body.replaceChildren(
      make("tr", {}, make("th", { scope: "row" }, this.positive), cell(hits, "found"), cell(misses, "missed", each.misses)),
      make("tr", {}, make("th", { scope: "row" }, "All others"), cell(alarms, "false alarms", each.alarms), cell(passes, "passed")));
  }
}
