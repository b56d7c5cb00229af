// The explorer: which candidate is worth it under the assumptions a person sets.
// Run by anywidget beside a kernel and by mountAll() in a report without one.

const ERRORS = {
  false_positive: ["One false alarm", "USD"],
  false_negative: ["One miss", "USD"],
  misclassified: ["One wrong class", "USD"],
  absolute_error: ["One unit of absolute error", "USD"],
};
const MOST_ROWS = 8;

class Explorer {
  constructor(model, root) {
    this.model = model;
    this.state = model.get("state");
    this.settings = { ...this.state.settings, ...model.get("settings") };
    this.picked = null;
    this.feasibleOnly = false;
    this.live = typeof model.send === "function";
    this.plot = new Plot((row) => this.pick(row), (row) => this.describe(row));
    root.classList.add("wb-explorer");
    root.replaceChildren(this.answer(), make("div", { class: "wb-columns" }, this.controls(), this.picture()), this.table(), this.basis(), this.apply());
    this.onSettings = () => { this.settings = { ...this.settings, ...this.model.get("settings") }; this.update(false); };
    this.onMessage = (message) => this.answered(message);
    model.on?.("change:settings", this.onSettings);
    model.on?.("msg:custom", this.onMessage);
    this.update(false);
  }

  close() {
    this.model.off?.("change:settings", this.onSettings);
    this.model.off?.("msg:custom", this.onMessage);
    clearTimeout(this.saving);
    clearTimeout(this.waiting);
  }

  answer() {
    this.eyebrow = make("p", { class: "wb-eyebrow" });
    this.headline = make("p", { class: "wb-headline" });
    this.reasons = make("ul", { class: "wb-reasons" });
    return make("section", { class: "wb-answer", role: "status", "aria-live": "polite", "aria-atomic": "true" }, this.eyebrow, this.headline, this.reasons);
  }

  control(key, given) {
    const control = logControl({ ...given, get: () => this.settings[key] ?? 0, put: (value) => this.set({ [key]: value }) });
    control.slider.name = control.field.name = key;
    (this.shows ??= []).push(control.show);
    return control;
  }

  controls() {
    const error = (name) => this.control(name, { name: ERRORS[name][0], unit: ERRORS[name][1], low: 1e-5, high: 1e4, zero: true }).element;
    const form = make("form", { "aria-label": "Assumptions", on: { submit: (event) => event.preventDefault() } });
    form.append(
      group("Traffic",
        this.control("requests_per_day", { name: "Requests", unit: "per day", low: 1, high: 1e9, zero: true }).element,
        this.control("rows_per_request", { name: "Rows", unit: "per request", low: 1, high: 10000, whole: true }).element),
      group("What being wrong costs", ...errorNames(this.state.task).map(error)),
      group("Limits", this.latency()),
      group("Money", this.purchase(), this.control("retrains_per_month", { name: "Retraining", unit: "times per month", low: 0.1, high: 1000, zero: true }).element),
    );
    return form;
  }

  latency() {
    let kept = this.settings.latency_p99_ms ?? 10;
    const control = logControl({
      name: "99th percentile of latency", unit: "ms per request", low: 0.1, high: 10000,
      get: () => this.settings.latency_p99_ms ?? kept,
      put: (value) => { kept = value; this.set({ latency_p99_ms: value }); },
    });
    control.slider.name = control.field.name = "latency_p99_ms";
    const none = make("input", { type: "checkbox", name: "no_latency_limit", on: { change: () => this.set({ latency_p99_ms: none.checked ? null : kept }) } });
    this.shows.push(() => {
      none.checked = this.settings.latency_p99_ms == null;
      control.slider.disabled = control.field.disabled = none.checked;
      control.show();
    });
    control.element.append(make("label", { class: "wb-check wb-wide" }, none, "no limit"));
    return control.element;
  }

  purchase() {
    const select = make("select", { name: "purchase", on: { change: () => this.set({ purchase: select.value }) } });
    for (const option of this.state.purchases) {
      const words = option.known ? `${option.label}` : `${option.label}: ${option.reason}`;
      select.append(make("option", { value: option.name, disabled: !option.known }, shown(words, 90)));
    }
    this.shows.push(() => { select.value = this.settings.purchase; });
    return make("label", { class: "wb-control" }, make("span", { class: "wb-name" }, "Purchase of ", make("span", { class: "wb-unit" }, shown(this.state.instance))), make("span", { class: "wb-wide" }, select));
  }

  picture() {
    const check = (words, name, change) => { const box = make("input", { type: "checkbox", name, on: { change: () => { change(box.checked); this.update(false); } } }); return make("label", { class: "wb-check" }, box, words); };
    const log = check("log scales", "log", (on) => { this.plot.log = on; });
    this.logBox = log.querySelector("input");
    const key = (kind, words) => make("span", { class: `wb-key ${kind}` }, words);
    const bar = make("div", { class: "wb-bar" },
      key("wb-chosen", "chosen"), (this.edgeKey = key("", "")), key("wb-inside", "within the limits"), key("wb-outside", "outside"),
      make("span", { class: "wb-spring" }), check("only within the limits", "feasible_only", (on) => { this.feasibleOnly = on; }), log);
    this.axisSelect = make("select", { name: "axis", "aria-label": "Horizontal axis", on: { change: () => { this.axis = this.axisSelect.value; this.update(false); } } });
    for (const [name, { words }] of Object.entries(AXES)) this.axisSelect.append(make("option", { value: name }, words));
    bar.append(make("label", { class: "wb-check" }, "across:", this.axisSelect));
    this.spoken = make("p", { class: "wb-hidden", role: "status" });
    return make("figure", {}, bar, this.plot.element, this.spoken);
  }

  table() {
    const metric = this.state.metric;
    const heads = [["Candidate", ""], ...(this.state.task === "binary" ? [["Threshold", "probability"]] : []), ["Training", "USD/month"], ["Serving", "USD/month"], ...(hasUpkeep(this.state) ? [["Storage, egress", "USD/month"]] : []), ["Errors", "USD/month"], ["Total", "USD/month"], ["Latency p99", "ms/request"], ["Size", "bytes"], ...(metric ? [[plain(metric), "validation"], [plain(metric), "test"]] : []), ["", ""]];
    this.body = make("tbody");
    this.caption = make("caption");
    const head = make("tr", {}, ...heads.map(([name, unit]) => make(name ? "th" : "td", name ? { scope: "col" } : {}, shown(name), ...(unit ? [make("small", {}, unit)] : []))));
    return make("div", { class: "wb-scroll" }, make("table", {}, this.caption, make("thead", {}, head), this.body));
  }

  basis() {
    return make("p", { class: "wb-basis" }, (this.basisText = make("span")));
  }

  apply() {
    this.why = make("textarea", { name: "why", rows: 1, maxlength: 2000, placeholder: "for the decision file: what speaks for it, who agreed" });
    this.button = make("button", { type: "button", class: "wb-primary", on: { click: () => this.send() } });
    this.copy = make("button", { type: "button", on: { click: () => this.copyText() } }, "Copy text for params.yaml");
    this.note = make("span", { role: "status" });
    this.text = make("pre", { tabindex: 0, "aria-label": "Text for params.yaml", hidden: true });
    return make("section", { class: "wb-apply", "aria-label": "Apply" },
      make("label", {}, "Why this one", this.why),
      make("div", { class: "wb-actions" }, this.button, this.copy, this.note), this.text);
  }

  set(changes) {
    Object.assign(this.settings, changes);
    this.model.set("settings", { ...this.settings });
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.model.save_changes(), 150);
    this.update(true);
  }

  pick(row) {
    this.picked = row.id === this.best?.id ? null : row.id;
    this.update(true);
  }

  update(changed) {
    this.rows = price(this.state, this.settings);
    this.best = recommended(this.rows);
    this.chosen = (this.picked !== null && this.rows.find((row) => row.id === this.picked && Number.isFinite(row.total))) || this.best;
    if (changed) { this.note.textContent = ""; this.note.className = ""; if (this.live) this.text.hidden = true; }
    for (const show of this.shows) show();
    const height = heightOf(this.state, this.settings);
    const visible = this.rows.filter((row) => Number.isFinite(row.x) && Number.isFinite(height.of(row)) && (row.within || !this.feasibleOnly));
    const name = this.axis ?? axisThatTells(this.rows);
    this.axisSelect.value = name;
    this.edgeKey.textContent = name === "usd" ? "on the frontier" : "none better on both axes";
    this.plot.show({ visible, axis: AXES[name], height, edge: frontier(visible, AXES[name].of, (row) => row.worth), bound: limitsOf(this.settings, this.state)[AXES[name].limit], chosen: this.chosen?.id });
    this.logBox.checked = this.plot.log ?? Boolean(this.plot.ax?.log || this.plot.ay?.log);
    this.plot.canvas.setAttribute("aria-label", `Scatter of ${visible.length} candidates: ${AXES[name].words} (${AXES[name].unit}) against ${height.words} (${height.unit}). Arrow keys read them one by one, Enter chooses. The table below holds the best.`);
    this.explain();
    this.fill();
    this.basisText.textContent = this.state.basis[this.settings.purchase] ?? "";
    this.button.disabled = !this.chosen;
    this.button.textContent = this.chosen ? (this.live ? `Apply ${shown(this.chosen.id, 28)} to params.yaml` : `Show text for params.yaml`) : "Nothing to apply";
    this.copy.hidden = !this.chosen;
    if (this.chosen && !this.text.hidden) this.text.textContent = asYaml(changesOf(this.chosen, this.settings, this.state));
  }

  explain() {
    const { chosen, best, rows, settings, state } = this;
    const inside = rows.filter((row) => row.within);
    if (!chosen) {
      this.eyebrow.textContent = "No recommendation";
      this.headline.replaceChildren(rows.some((row) => Number.isFinite(row.total)) ? "No candidate keeps the limits" : "This purchase option has no known price");
      const closest = bindingLimits(rows, null, settings, state);
      this.reasons.replaceChildren(...(closest ? [make("li", {}, closest)] : []));
      return;
    }
    const own = chosen.id !== best?.id;
    const priced = hasPrice(settings, state.task);
    this.eyebrow.textContent = own ? "Your choice" : `Recommended: ${priced ? "least total cost a month" : `best ${plain(state.metric)} on validation, because no error has a price,`} of the ${inside.length} candidates within the limits`;
    this.headline.replaceChildren(shown(chosen.id), make("span", {}, `   ${usd(chosen.total)} a month  =  ${monthly(chosen.training)} training + ${usd(chosen.serving)} serving${upkeepWords(chosen, (name, paid) => ` + ${paid} ${name}`)} + ${usd(chosen.y)} errors`));
    const byTotal = inside.filter((row) => row.id !== chosen.id);
    const leanest = [...inside].sort((a, b) => a.x - b.x || a.total - b.total)[0];
    const lines = [
      own && best ? comparison(chosen, best, "the recommended") : comparison(chosen, byTotal[0], "the runner-up"),
      leanest && chosen.x - leanest.x < 0.005 ? "None within the limits is cheaper to run." : leanest?.id !== byTotal[0]?.id || own ? comparison(chosen, leanest, "the cheapest to run,") : null,
      own && !chosen.within ? `It breaks a limit: ${brokenLimits(chosen, limitsOf(settings, state)).map((name) => LIMITS[name][0]).join(", ")}.` : bindingLimits(rows, best, settings, state),
      own ? null : trafficRange(state, settings, best),
      errorWords(chosen, state, settings),
    ];
    this.reasons.replaceChildren(...lines.filter(Boolean).map((line) => make("li", {}, line)));
  }

  describe(row) {
    const broken = row.within ? [] : brokenLimits(row, limitsOf(this.settings, this.state)).map((name) => LIMITS[name][0]);
    const lines = [
      `${usd(row.total)} a month in all`,
      `training ${monthly(row.training)}, serving ${usd(row.serving)}${upkeepWords(row, (name, paid) => `, ${name} ${paid}`)}, errors ${usd(row.y)}`,
      `99th percentile ${digits(row.tail)} ms, ${bytes(row.candidate.size_bytes)}`,
      broken.length ? `outside the limits: ${broken.join(", ")}` : row.onFrontier ? "on the frontier" : "within the limits",
    ];
    this.spoken.textContent = `${shown(row.id)}: ${lines.join("; ")}`;
    return lines;
  }

  fill() {
    const { chosen, state } = this;
    const inside = this.rows.filter((row) => row.within);
    const listed = inside.slice(0, MOST_ROWS);
    const extra = [chosen, this.rows.find((row) => row.id === state.decided?.candidate)];
    for (const row of extra) if (row && !listed.some((other) => other.id === row.id)) listed.push(row);
    this.caption.textContent = `Best within the limits: ${Math.min(MOST_ROWS, inside.length)} of ${inside.length} (${this.rows.length} candidates in all)`;
    this.body.replaceChildren(...listed.map((row) => this.line(row)));
  }

  line(row) {
    const { state } = this;
    const own = row.id === this.chosen?.id;
    const tags = [row.id === this.best?.id ? "recommended" : null, row.id === state.decided?.candidate ? "in params.yaml" : null, row.within ? null : "outside the limits", row.id === state.baseline && row.id !== "baseline" ? "baseline" : null];
    const name = make("th", { scope: "row" }, shown(row.id), ...tags.filter(Boolean).map((tag) => make("span", { class: "wb-tag" }, tag)));
    const metrics = state.metric ? ["validation", "test"].map((split) => fixed(row.candidate.metrics?.[split]?.[state.metric] ?? NaN)) : [];
    const cells = [...(state.task === "binary" ? [row.threshold.toPrecision(4)] : []), monthly(row.training), monthly(row.serving), ...(hasUpkeep(state) ? [monthly(row.storage + row.egress)] : []), monthly(row.y), usd(row.total), digits(row.tail), bytes(row.candidate.size_bytes), ...metrics];
    const choose = make("button", { type: "button", "aria-label": `Choose ${shown(row.id)}`, disabled: own, on: { click: () => this.pick(row) } }, own ? "Chosen" : "Choose");
    return make("tr", { "aria-selected": String(own) }, name, ...cells.map((text) => make("td", {}, text)), make("td", {}, choose));
  }

  send() {
    const changes = changesOf(this.chosen, this.settings, this.state);
    if (!this.live) return this.showText("Paste this into params.yaml, then run dvc repro.");
    clearTimeout(this.saving);
    this.model.save_changes();
    this.note.className = "";
    this.note.textContent = "Writing …";
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.showText("No answer from the kernel. Is it running? Otherwise paste this into params.yaml."), 8000);
    this.model.send({ kind: "apply", candidate: this.chosen.id, threshold: this.chosen.threshold, why: this.why.value, settings: { ...this.settings }, changes });
  }

  answered(message) {
    if (message?.kind !== "applied") return;
    clearTimeout(this.waiting);
    this.note.textContent = String(message.text ?? "");
    this.note.className = message.ok ? "" : "wb-bad";
    if (message.ok) { this.state = { ...this.state, decided: { candidate: message.candidate } }; this.text.hidden = true; this.fill(); }
  }

  showText(words) {
    this.text.textContent = asYaml(changesOf(this.chosen, this.settings, this.state));
    this.text.hidden = false;
    this.note.className = "";
    this.note.textContent = words;
  }

  async copyText() {
    this.showText("");
    try {
      await navigator.clipboard.writeText(this.text.textContent);
      this.note.textContent = "Copied. Paste it into params.yaml, then run dvc repro.";
    } catch {
      const range = document.createRange();
      range.selectNodeContents(this.text);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      this.note.textContent = "Selected. Press Ctrl+C, then paste it into params.yaml.";
    }
  }
}

// ------------------------------------------------------ entry points

function render({ model, el }) {
  const explorer = new Explorer(model, el);
  return () => explorer.close();
}

/** Bring to life every explorer of a page that has no kernel; its state stands beside it as JSON. */
function mountAll(page) {
  for (const place of page.querySelectorAll('[data-workbench-widget="explorer"]:not([data-mounted])')) {
    const source = place.querySelector('script[type="application/json"]');
    if (!source) continue;
    place.setAttribute("data-mounted", "");
    try {
      const values = { state: JSON.parse(source.textContent), settings: {} };
      const model = { get: (name) => values[name], set: (name, value) => { values[name] = value; }, save_changes() {} };
      const root = make("div");
      new Explorer(model, root);
      place.replaceChildren(root);
    } catch (error) {
      console.warn("The explorer's data cannot be shown; its picture and table stay.", error);
    }
  }
}

export default { render };
