// The explorer: which candidate is worth it under the assumptions a person sets.

const SAVE_AFTER_MS = 150;
const THINK_AFTER_MS = 120;
const THINK_AT_ONCE_MS = 20;
const SPEAK_AFTER_MS = 600;

class Explorer {
  constructor(model, root) {
    this.model = model;
    this.live = typeof model.send === "function";
    this.state = restored(model.get("state"), model.get("table"), model.get("counts"));
    this.quantities = quantitiesOf(this.state);
    this.settings = this.given();
    this.steps = new Steps();
    this.steps.keep(this.settings);
    this.feasibleOnly = false;
    this.untold = false;
    this.log = null;
    this.build(root);
    this.onSettings = () => this.told();
    this.onState = () => { this.state = { ...this.state, ...this.model.get("state") }; this.update(); };
    this.onMessage = (message) => { this.applying.answered(message); this.doubt.answered(message); };
    model.on?.("change:settings", this.onSettings);
    model.on?.("change:state", this.onState);
    model.on?.("msg:custom", this.onMessage);
    this.update(true);
  }

  /** Python moved the settings. What we told it comes back as an echo, late: a change not yet told stands. */
  told() {
    if (this.untold) return;
    const given = this.given();
    if (JSON.stringify(given) === JSON.stringify(this.settings)) return;
    this.settings = given;
    this.steps.keep(given);
    this.applying.moved();
    this.update(true);
  }

  given() {
    return { ...NO_CHOICE, ...this.state.settings, ...this.model.get("settings"), version: VERSION };
  }

  build(root) {
    this.plot = new Plot({
      pick: (row) => this.pick(row), pin: (row) => this.pin(row), describe: (row) => this.describe(row),
      brush: (box) => this.brushed(box), say: (words) => { this.spoken.textContent = words; },
    });
    this.controls = new Controls(this);
    this.bar = new Bar(this);
    this.rectangle = new Rectangle(this);
    this.table = new Table(this);
    this.matrix = this.state.task === "binary" ? new Matrix(this) : null;
    this.split = new Split(this);
    this.pinnedView = new Pinned(this);
    this.tornado = new Tornado(this);
    this.applying = new Applying(this);
    this.doubt = new Doubt(this);
    this.basisText = make("p", { class: "wb-basis" });
    this.spoken = make("p", { class: "wb-hidden", role: "status" });
    this.undoButton = make("button", { type: "button", name: "undo", title: "Ctrl+Z", on: { click: () => this.undo() } }, "Undo");
    this.redoButton = make("button", { type: "button", name: "redo", title: "Ctrl+Shift+Z", on: { click: () => this.redo() } }, "Redo");
    root.classList.add("wb-explorer");
    root.addEventListener("keydown", (event) => this.key(event));
    this.frontText = make("p", { class: "wb-quiet wb-front" });
    const figure = make("figure", {}, this.bar.element, this.plot.element, this.frontText, this.rectangle.element, this.spoken);
    const history = make("div", { class: "wb-actions wb-history" }, this.undoButton, this.redoButton);
    this.assumed = make("p", { class: "wb-quiet wb-assumed" });
    root.replaceChildren(this.answer(), this.assumed, make("div", { class: "wb-columns" }, make("div", {}, history, this.controls.element), figure), this.table.element, this.basisText,
      make("div", { class: "wb-panels" }, this.matrix?.element, this.split.element), this.pinnedView.element, this.tornado.element, this.applying.element);
  }

  close() {
    this.model.off?.("change:settings", this.onSettings);
    this.model.off?.("change:state", this.onState);
    this.model.off?.("msg:custom", this.onMessage);
    for (const timer of [this.saving, this.thinking, this.speaking]) clearTimeout(timer);
    this.applying.close();
    this.doubt.close();
    this.plot.close();
  }

  answer() {
    this.eyebrow = make("p", { class: "wb-eyebrow" });
    this.headline = make("p", { class: "wb-headline" });
    this.reasons = make("ul", { class: "wb-reasons" });
    return make("section", { class: "wb-answer", "aria-label": "Recommendation" }, this.eyebrow, this.headline, this.reasons);
  }

  // -------------------------------------------------- what a person does

  /** Take a step; steps of one gesture, such as a drag, are one for undo. */
  set(changes, gesture = null) {
    const now = performance.now();
    const same = gesture !== null && gesture === this.gesture && now - this.moment < SAME_GESTURE_MS;
    [this.gesture, this.moment] = [gesture, now];
    const own = "candidate" in changes && !("threshold" in changes) ? { threshold: null } : {};
    this.become({ ...this.settings, ...own, ...changes, step: this.settings.step + (same ? 0 : 1) }, false);
  }

  become(settings, forced) {
    this.settings = settings;
    this.steps.keep(settings);
    this.untold = true;
    this.model.set("settings", { ...settings });
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save(), SAVE_AFTER_MS);
    this.applying.moved();
    this.update(forced);
  }

  save() {
    clearTimeout(this.saving);
    this.untold = true;
    this.model.set("settings", { ...this.settings });
    this.model.save_changes();
    this.untold = false;
  }

  undo() {
    this.go(this.steps.before(this.settings.step));
  }

  redo() {
    this.go(this.steps.after(this.settings.step));
  }

  go(settings) {
    this.gesture = null;
    if (settings) this.become({ ...settings }, true);
  }

  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.tagName === "TEXTAREA" || event.target.name === "who") return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) this.undo();
    else if (key === "y" || key === "z") this.redo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pick(row) {
    this.set({ candidate: row.id === this.best?.id ? null : row.id });
  }

  pin(row) {
    const { pins } = this.settings;
    this.set({ pins: pins.includes(row.id) ? pins.filter((id) => id !== row.id) : [...pins, row.id].slice(-2) });
  }

  brushed(box) {
    this.set({ brush: box && { across: this.view.names.across, up: this.view.names.up, ...box } });
    const held = this.visibleInBrush;
    this.spoken.textContent = box ? `The rectangle holds ${held} candidates; the table shows them.` : "The rectangle is gone.";
  }

  decided(candidate) {
    this.state = { ...this.state, decided: { candidate } };
    this.table.show();
  }

  // -------------------------------------------------- what follows from it

  update(forced = false) {
    this.decide();
    this.look();
    this.controls.show(forced);
    this.plot.show(this.view);
    for (const part of [this.bar, this.rectangle, this.table, this.split, this.pinnedView, this.applying]) part.show();
    this.matrix?.show(forced);
    this.explain();
    this.doubt.show();
    this.basisText.textContent = basisOf(this.state, this.settings);
    this.assumed.textContent = assumedWords(this.state, this.settings);
    this.undoButton.disabled = !this.steps.before(this.settings.step);
    this.redoButton.disabled = !this.steps.after(this.settings.step);
    this.think();
    this.speak();
  }

  decide() {
    const { settings, state } = this;
    this.month = new Month(state, settings);
    this.rows = this.month.ranked();
    this.best = this.rows.find((row) => row.within);
    const picked = settings.candidate === null ? null : this.rows.find((row) => row.id === settings.candidate && Number.isFinite(row.total));
    const chosen = picked ?? this.best;
    this.chosen = chosen && settings.threshold !== null && state.task === "binary" ? atThreshold(chosen, settings.threshold) : chosen;
    if (this.chosen?.own) {
      this.rows = this.rows.map((row) => (row.id === chosen.id ? this.chosen : row));
      if (this.best?.id === chosen.id) this.best = this.chosen;
    }
    const own = this.chosen && this.chosen.id !== this.best?.id && this.best;
    this.other = own || this.rows.find((row) => row.within && row.id !== this.chosen?.id);
    this.otherWords = own ? "recommended" : "runner-up";
    this.pinned = settings.pins.map((id, i) => [LETTERS[i], this.rows.find((row) => row.id === id)]).filter(([, row]) => row);
  }

  look() {
    const { settings, state, quantities, rows } = this;
    const known = (name) => (quantities[name] ? name : null);
    const names = { across: known(settings.across) ?? acrossThatTells(this.month), up: known(settings.up) ?? upThatTells(state, settings), colour: known(settings.colour), size: known(settings.size) };
    const { across, up } = { across: quantities[names.across], up: quantities[names.up] };
    const visible = rows.filter((row) => Number.isFinite(across.of(row)) && Number.isFinite(up.of(row)) && (row.within || !this.feasibleOnly));
    const limits = limitsOf(settings, state);
    const { brush } = settings;
    this.visibleInBrush = visible.filter(inBrush(brush, quantities)).length;
    const front = frontierOf(visible, across, up);
    this.view = {
      visible, knee: front.knee, edge: front.edge, across, up, names, log: this.log, colour: quantities[names.colour], size: quantities[names.size],
      bounds: { across: limits[across.limit], up: limits[up.limit] }, pinned: this.pinned.filter(([, row]) => visible.includes(row)),
      brush: brush && brush.across === names.across && brush.up === names.up ? brush : null, chosen: visible.find((row) => row.id === this.chosen?.id),
    };
    this.frontText.textContent = frontierWords({ ...front, across, up });
    this.plot.canvas.setAttribute("aria-label", `Scatter of ${visible.length} candidates: ${across.words} (${across.unit}) against ${up.words} (${up.unit}). Arrow keys read them one by one, Enter chooses, P pins, B begins a rectangle. The table below holds the best.`);
  }

  /** What takes many prices: at once where it is quick, else when the hand rests, a little at a time. */
  think() {
    clearTimeout(this.thinking);
    const thoughts = this.thoughts();
    if (this.state.candidates.length <= MUCH_WORK) finished(thoughts);
    else this.thinking = setTimeout(() => this.thinkOn(thoughts), THINK_AFTER_MS);
  }

  *thoughts() {
    yield* this.explainMore();
    yield* this.tornado.steps();
  }

  thinkOn(thoughts) {
    const end = performance.now() + THINK_AT_ONCE_MS;
    while (performance.now() < end) if (thoughts.next().done) return;
    this.thinking = setTimeout(() => this.thinkOn(thoughts));
  }

  speak() {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => { this.spoken.textContent = `${this.eyebrow.textContent.split(":")[0]}: ${this.headline.textContent}`; }, SPEAK_AFTER_MS);
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
    this.more = [];
    const leanest = inside.reduce((least, row) => (!least || row.x < least.x || (row.x === least.x && row.total < least.total) ? row : least), undefined);
    const lines = [
      own && best ? comparison(chosen, best, "the recommended") : comparison(chosen, byTotal[0], "the runner-up"),
      leanest && chosen.x - leanest.x < 0.005 ? "None within the limits is cheaper to run." : leanest?.id !== byTotal[0]?.id || own ? comparison(chosen, leanest, "the cheapest to run,") : null,
      own && !chosen.within ? `It breaks a limit: ${brokenLimits(chosen, limitsOf(settings, state)).map((name) => LIMITS[name][0]).join(", ")}.` : bindingLimits(rows, best, settings, state),
      errorWords(chosen, state, settings),
    ];
    this.reasons.replaceChildren(...lines.filter(Boolean).map((line) => make("li", {}, line)));
  }

  /** Add what takes longer to find: where the choice would turn. */
  *explainMore() {
    const { chosen, best, other, state, settings } = this;
    for (const line of this.more ?? []) line.remove();
    const own = chosen && (chosen.id !== best?.id || chosen.own);
    const lines = chosen ? [own ? null : yield* trafficRange(state, settings, best), other && !chosen.own ? breakEvenWords(state, settings, chosen, other) : null] : [];
    this.more = lines.filter(Boolean).map((line) => make("li", {}, line));
    this.reasons.append(...this.more);
  }

  describe(row) {
    const broken = row.within ? [] : brokenLimits(row, limitsOf(this.settings, this.state)).map((name) => LIMITS[name][0]);
    const lines = [
      `${usd(row.total)} a month in all`,
      `training ${monthly(row.training)}, serving ${usd(row.serving)}${upkeepWords(row, (name, paid) => `, ${name} ${paid}`)}, errors ${usd(row.y)}`,
      `99th percentile ${digits(row.tail)} ms, ${bytes(row.candidate.size_bytes)}`,
      ...(row === this.view.knee ? ["the knee of the frontier plotted"] : []),
      broken.length ? `outside the limits: ${broken.join(", ")}` : row.onFrontier ? "on the frontier" : "within the limits",
    ];
    this.spoken.textContent = `${shown(row.id)}: ${lines.join("; ")}`;
    return lines;
  }
}
