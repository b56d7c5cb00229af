// The table of candidates: what the plot shows, in numbers.

const MOST_ROWS = 8;
const MOST_BRUSHED = 25;

class Table {
  constructor(explorer) {
    this.explorer = explorer;
    const { task, metric } = explorer.state;
    const heads = [["Candidate", ""], ...(task === "binary" ? [["Threshold", "probability"]] : []), ["Training", "USD/month"], ["Serving", "USD/month"], ...(hasUpkeep(explorer.state) ? [["Storage, egress", "USD/month"]] : []), ["Errors", "USD/month"], ["Total", "USD/month"], ["Latency p99", "ms/request"], ["Size", "bytes"], ...(metric ? [[plain(metric), "validation"], [plain(metric), "test"]] : []), ["", ""]];
    this.body = make("tbody");
    this.caption = make("caption");
    const head = make("tr", {}, ...heads.map(([name, unit]) => make(name ? "th" : "td", name ? { scope: "col" } : {}, shown(name), ...(unit ? [make("small", {}, unit)] : []))));
    this.element = scrolling("Candidates", make("table", {}, this.caption, make("thead", {}, head), this.body));
  }

  show() {
    const { chosen, state, rows, settings, quantities } = this.explorer;
    const inside = rows.filter((row) => row.within);
    const { brush } = settings;
    const within = inBrush(brush, quantities);
    const held = brush ? rows.filter((row) => Number.isFinite(row.total) && within(row)) : inside;
    const listed = held.slice(0, brush ? MOST_BRUSHED : MOST_ROWS);
    const extra = brush ? [] : [chosen, rows.find((row) => row.id === state.decided?.candidate)];
    for (const row of extra) if (row && !listed.some((other) => other.id === row.id)) listed.push(row);
    this.caption.textContent = brush
      ? `In the rectangle: ${listed.length < held.length ? `the best ${listed.length} of ` : ""}${held.length} of ${rows.length} candidates`
      : `Best within the limits: ${Math.min(MOST_ROWS, inside.length)} of ${inside.length} (${rows.length} candidates in all)`;
    const focused = this.body.contains(document.activeElement) ? [document.activeElement.closest("tr").dataset.id, document.activeElement.className] : null;
    this.body.replaceChildren(...listed.map((row) => this.line(row)));
    if (focused) [...this.body.children].find((line) => line.dataset.id === focused[0])?.querySelector(`button.${focused[1]}`)?.focus();
  }

  line(row) {
    const { state, chosen, best, settings, explorer } = { ...this.explorer, explorer: this.explorer };
    const own = row.id === chosen?.id;
    const pin = settings.pins.indexOf(row.id);
    const tags = [row.id === best?.id ? "recommended" : null, row.id === state.decided?.candidate ? "in params.yaml" : null, row.within ? null : "outside the limits", row.id === state.baseline && row.id !== "baseline" ? "baseline" : null, pin >= 0 ? `pinned ${LETTERS[pin]}` : null];
    const name = make("th", { scope: "row" }, shown(row.id), ...tags.filter(Boolean).flatMap((tag) => [" ", make("span", { class: "wb-tag" }, tag)]));
    const metrics = state.metric ? ["validation", "test"].map((split) => fixed(row.candidate.metric(split, state.metric))) : [];
    const cells = [...(state.task === "binary" ? [row.threshold.toPrecision(4)] : []), monthly(row.training), monthly(row.serving), ...(hasUpkeep(state) ? [monthly(row.storage + row.egress)] : []), monthly(row.y), usd(row.total), digits(row.tail), bytes(row.candidate.size_bytes), ...metrics];
    const choose = make("button", { type: "button", class: "wb-choose", "aria-label": `Choose ${shown(row.id)}`, disabled: own, on: { click: () => explorer.pick(row) } }, own ? "Chosen" : "Choose");
    const pinning = make("button", { type: "button", class: "wb-pin", "aria-pressed": String(pin >= 0), "aria-label": `Pin ${shown(row.id)}`, on: { click: () => explorer.pin(row) } }, pin >= 0 ? "Unpin" : "Pin");
    const line = make("tr", { class: own ? "wb-own" : "" }, name, ...cells.map((text) => make("td", {}, text)), make("td", { class: "wb-buttons" }, choose, pinning));
    line.dataset.id = row.id;
    return line;
  }
}
