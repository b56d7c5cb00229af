// The controls: assumptions on the left, axes above the plot.

const ERRORS = {
  false_positive: ["One false alarm", "USD"],
  false_negative: ["One miss", "USD"],
  misclassified: ["One wrong class", "USD"],
  absolute_error: ["One unit of absolute error", "USD"],
};

class Controls {
  constructor(explorer) {
    this.explorer = explorer;
    this.shows = [];
    const error = (name) => this.control(name, { name: ERRORS[name][0], unit: ERRORS[name][1], low: 1e-5, high: 1e4, zero: true });
    this.element = make("form", { "aria-label": "Assumptions", on: { submit: (event) => event.preventDefault() } },
      group("Traffic",
        this.control("requests_per_day", { name: "Requests", unit: "per day", low: 1, high: 1e9, zero: true }),
        this.control("rows_per_request", { name: "Rows", unit: "per request", low: 1, high: 10000, whole: true })),
      group("What being wrong costs", ...errorNames(explorer.state.task).map(error)),
      group("Limits",
        this.limit("latency_p99_ms", { name: "99th percentile of latency", unit: "ms per request", low: 0.1, high: 10000 }, 1, 10),
        this.limit("peak_rss_bytes", { name: "Peak memory while scoring", unit: "MB", low: 10, high: 1e6 }, 1e6, 5e8)),
      group("Money", this.machine(), this.purchase(), this.control("retrains_per_month", { name: "Retraining", unit: "times per month", low: 0.1, high: 1000, zero: true })));
  }

  show(forced) {
    for (const show of this.shows) show(forced);
  }

  control(key, given) {
    const { explorer } = this;
    const control = logControl({ ...given, get: () => explorer.settings[key] ?? 0, put: (value) => explorer.set({ [key]: value }, key) });
    control.slider.name = control.field.name = key;
    this.shows.push(control.show);
    return control.element;
  }

  /** A limit that may be absent; `scale` leads from what is shown to what is kept. */
  limit(key, given, scale, usual) {
    const { explorer } = this;
    let kept = explorer.settings[key] ?? usual;
    const put = (value) => { kept = scale === 1 ? value : Math.round(value * scale); explorer.set({ [key]: kept }, key); };
    const control = logControl({ ...given, get: () => (explorer.settings[key] ?? kept) / scale, put });
    control.slider.name = control.field.name = key;
    const none = make("input", { type: "checkbox", name: `no_${key}`, on: { change: () => explorer.set({ [key]: none.checked ? null : kept }) } });
    this.shows.push((forced) => {
      none.checked = explorer.settings[key] == null;
      control.slider.disabled = control.field.disabled = none.checked;
      control.show(forced);
    });
    control.element.append(make("label", { class: "wb-check wb-wide" }, none, "no limit"));
    return control.element;
  }

  machine() {
    const { explorer } = this;
    const select = make("select", { name: "instance", on: { change: () => explorer.set({ instance: select.value }) } });
    const fill = () => select.replaceChildren(...explorer.state.machines.map(({ instance, vcpus, memory_gib: gib }) => make("option", { value: instance }, shown(`${instance}: ${digits(vcpus)} vCPU${gib ? `, ${digits(gib)} GiB` : ""}`, 90))));
    this.shows.push(() => { if (select.options.length !== explorer.state.machines.length) fill(); select.value = explorer.settings.instance; });
    return make("label", { class: "wb-control" }, make("span", { class: "wb-name" }, "Machine ", make("span", { class: "wb-unit" }, "(latency as measured)")), make("span", { class: "wb-wide" }, select));
  }

  purchase() {
    const { explorer } = this;
    const select = make("select", { name: "purchase", on: { change: () => explorer.set({ purchase: select.value }) } });
    let of = null;
    this.shows.push(() => {
      const machine = machineOf(explorer.state, explorer.settings);
      if (of !== machine?.instance) {
        of = machine?.instance;
        select.replaceChildren(...(machine?.purchases ?? []).map((option) => make("option", { value: option.name, disabled: !option.known }, shown(option.known ? option.label : `${option.label}: ${option.reason}`, 90))));
      }
      select.value = explorer.settings.purchase;
    });
    return make("label", { class: "wb-control" }, make("span", { class: "wb-name" }, "Purchase"), make("span", { class: "wb-wide" }, select));
  }
}

/** The bar above the plot: its key, its axes, what colour and size mean. */
class Bar {
  constructor(explorer) {
    this.explorer = explorer;
    const check = (words, name, change) => { const box = make("input", { type: "checkbox", name, on: { change: () => change(box.checked) } }); return make("label", { class: "wb-check" }, box, words); };
    const log = check("log scales", "log", (on) => { explorer.log = on; explorer.update(); });
    this.log = log.querySelector("input");
    const key = (kind, words) => make("span", { class: `wb-key ${kind}` }, words);
    this.selects = {};
    const choose = (name, words, none) => {
      const select = make("select", { name, on: { change: () => explorer.set({ [name]: select.value || null, ...(["across", "up"].includes(name) ? { brush: null } : {}) }) } });
      if (none) select.append(make("option", { value: "" }, none));
      for (const [quantity, { words: said }] of Object.entries(explorer.quantities)) select.append(make("option", { value: quantity }, shown(said)));
      this.selects[name] = select;
      return make("label", { class: "wb-check" }, words, select);
    };
    this.ramp = make("span", { class: "wb-quiet" });
    this.element = make("div", {},
      make("div", { class: "wb-bar" }, key("wb-chosen", "chosen"), (this.edge = key("", "")), key("wb-knee", "its knee"), key("wb-inside", "within the limits"), key("wb-outside", "outside"), make("span", { class: "wb-spring" }),
        check("only within the limits", "feasible_only", (on) => { explorer.feasibleOnly = on; explorer.update(); }), log),
      make("div", { class: "wb-bar" }, choose("across", "across:"), choose("up", "up:"), choose("colour", "colour:", "frontier"), choose("size", "size:", "all alike"), this.ramp));
  }

  show() {
    const { explorer } = this;
    const { settings, quantities, plot, view } = explorer;
    for (const [name, select] of Object.entries(this.selects)) select.value = view.names[name] ?? "";
    this.edge.textContent = view.names.across === "usd_running_per_month" && ["usd_errors_per_month", explorer.state.metric].includes(view.names.up) ? "on the frontier" : "none better on both axes";
    this.log.checked = explorer.log ?? Boolean(plot.ax?.log || plot.ay?.log);
    const said = (channel, low, high) => {
      const quantity = quantities[settings[channel]];
      if (!quantity) return "";
      const [least, most] = ends(view.visible.map(quantity.of));
      return `${quantity.words}: ${low} ${quantity.write(least)}, ${high} ${quantity.write(most)}. `;
    };
    this.ramp.textContent = said("colour", "faint", "strong") + said("size", "small", "large");
  }
}

/** The rectangle by numbers, for whoever does not drag. */
class Rectangle {
  constructor(explorer) {
    this.explorer = explorer;
    const field = (name, words) => make("input", { type: "text", name, inputmode: "decimal", autocomplete: "off", "aria-label": words });
    this.fields = { x0: field("brush_x0", "from, across"), x1: field("brush_x1", "to, across"), y0: field("brush_y0", "from, up"), y1: field("brush_y1", "to, up") };
    this.across = make("span", { class: "wb-quiet" });
    this.up = make("span", { class: "wb-quiet" });
    this.note = make("span", { class: "wb-quiet", role: "status" });
    this.clear = make("button", { type: "button", on: { click: () => explorer.set({ brush: null }) } }, "Clear");
    const { x0, x1, y0, y1 } = this.fields;
    this.element = make("details", { class: "wb-rectangle" }, make("summary", {}, "Rectangle that restricts the table ", this.note),
      make("div", { class: "wb-bar" }, this.across, x0, "to", x1, this.up, y0, "to", y1, make("button", { type: "button", on: { click: () => this.take() } }, "Restrict"), this.clear));
  }

  take() {
    const read = ({ value }, other) => (value.trim() === "" ? other : Number(value.replaceAll(",", "")));
    const { x0, x1, y0, y1 } = this.fields;
    const [x, y] = [[read(x0, -1e300), read(x1, 1e300)], [read(y0, -1e300), read(y1, 1e300)]];
    const fits = [...x, ...y].every(Number.isFinite) && x[0] <= x[1] && y[0] <= y[1];
    this.note.textContent = fits ? "" : "(each needs two numbers, the smaller first)";
    if (fits) this.explorer.brushed({ x, y });
  }

  show() {
    const { view, settings, visibleInBrush } = this.explorer;
    const { brush } = settings;
    this.across.textContent = `${view.across.words} (${view.across.unit}) from`;
    this.up.textContent = `${view.up.words} (${view.up.unit}) from`;
    const values = brush ? { x0: brush.x[0], x1: brush.x[1], y0: brush.y[0], y1: brush.y[1] } : {};
    for (const [name, field] of Object.entries(this.fields)) if (document.activeElement !== field) field.value = Math.abs(values[name] ?? 1e300) >= 1e300 ? "" : String(values[name]);
    this.note.textContent = brush ? `(holds ${visibleInBrush} candidates)` : "";
    this.clear.disabled = !brush;
  }
}
