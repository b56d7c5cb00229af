// The explorer: which candidate is worth it under the assumptions a person sets.
// One module without imports, run by anywidget beside a kernel and by mountAll() in a report without one.
// Everything that comes from data reaches the page as text, never as markup.

// ------------------------------------------------------ arithmetic: the same as workbench.cost and workbench.decide
// Each line keeps the order of the operations of its twin in Python, so that both give the same bits.

const HOURS_PER_MONTH = 730;
const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const SECONDS_PER_DAY = 86400;
const TARGET_UTILISATION = 0.6;
const LATE_SHARE = 0.01;
const MOST_BUSY = 2000;

/** Estimate the time of one request from those of 1 and of 100 rows: a straight line through both. */
function requestMs(oneRowMs, hundredRowsMs, rowsPerRequest) {
  const slope = Math.max(0, hundredRowsMs - oneRowMs) / 99;
  return oneRowMs + slope * (rowsPerRequest - 1);
}

/** Count the requests scored together; a function scores each by itself. */
function batchOf(settings, state, tariff) {
  if (tariff?.kind !== "machine") return 1;
  return Math.min(state.serving.max_batch, Math.floor(1 + ((settings.requests_per_day / SECONDS_PER_DAY) * state.serving.batch_wait_ms) / 1000));
}

const batchMs = (candidate, settings, batch) => requestMs(candidate.latency_p50_ms, candidate.latency_p50_ms_100_rows, settings.rows_per_request * batch);

/** Give the 99th percentile of a request on a free machine, the wait for its batch included. */
function tailMs(candidate, settings, state, tariff) {
  const scoring = requestMs(candidate.latency_p99_ms, candidate.latency_p99_ms_100_rows, settings.rows_per_request * batchOf(settings, state, tariff));
  return tariff?.kind !== "machine" || state.serving.max_batch === 1 ? scoring : scoring + state.serving.batch_wait_ms;
}

/** Count the machines with which 99 of 100 requests wait no longer than the limit leaves them, by Erlang's C. */
function machinesForWait(busy, serviceMs, slackMs, vcpus, fewest) {
  if (!(slackMs > 0 && busy > 0)) return fewest;
  if (busy > MOST_BUSY) return Math.max(fewest, Math.ceil((busy + 2.6 * Math.sqrt(busy)) / vcpus));
  let [machines, blocked, counted] = [Math.max(fewest, Math.floor(busy / vcpus) + 1), 1, 0];
  const late = () => {
    const threads = Math.floor(machines * vcpus);
    for (; counted < threads; counted++) blocked = (busy * blocked) / (counted + 1 + busy * blocked);
    const waiting = blocked / (1 - (busy / threads) * (1 - blocked));
    return !(threads > busy) || waiting > LATE_SHARE * Math.exp(Math.min(700, (threads - busy) * (slackMs / serviceMs)));
  };
  while (late()) machines += 1;
  return machines;
}

/** Price a month of serving, on machines that never stop or by use. */
function servingUsd(candidate, settings, state, tariff) {
  const batch = batchOf(settings, state, tariff);
  const serviceMs = batchMs(candidate, settings, batch);
  if (tariff.kind !== "machine") return settings.requests_per_day * DAYS_PER_MONTH * usdPerRequest(candidate, serviceMs, tariff);
  const busy = (batches) => ((batches / SECONDS_PER_DAY) * serviceMs) / 1000;
  const batches = settings.requests_per_day / batch;
  let fewest = state.serving.min_machines;
  if (settings.latency_p99_ms != null) {
    const slackMs = settings.latency_p99_ms - tailMs(candidate, settings, state, tariff);
    fewest = machinesForWait(busy(batches * state.serving.peak_factor), serviceMs, slackMs, tariff.vcpus, fewest);
  }
  const machines = Math.max(fewest, Math.ceil(busy(batches) / (tariff.vcpus * TARGET_UTILISATION)));
  return machines * tariff.usd_per_hour * HOURS_PER_MONTH;
}

/** Price one request that is paid by use. */
function usdPerRequest(candidate, serviceMs, tariff) {
  const gib = Math.max(tariff.memory_gib, candidate.peak_rss_bytes / 2 ** 30);
  const billedSeconds = (Math.ceil(serviceMs / tariff.billing_step_ms) * tariff.billing_step_ms) / 1000;
  return tariff.usd_per_request + billedSeconds * (tariff.usd_per_vcpu_second + gib * tariff.usd_per_gib_second);
}

/** Price the compute of a million rows, without the whole machines. */
function millionRowsUsd(candidate, settings, state, tariff) {
  const batch = batchOf(settings, state, tariff);
  const serviceMs = batchMs(candidate, settings, batch);
  if (tariff.kind === "machine") {
    const hours = (serviceMs * 1e6) / 1000 / 3600 / (tariff.vcpus * TARGET_UTILISATION);
    return (hours * tariff.usd_per_hour) / (batch * settings.rows_per_request);
  }
  return (usdPerRequest(candidate, serviceMs, tariff) * 1e6) / settings.rows_per_request;
}

/** Price an amount whose price per gigabyte changes with it. */
function tieredUsd(gb, tiers) {
  const ends = [...tiers.starts_gb.slice(1), Infinity];
  return tiers.starts_gb.reduce((usd, start, i) => usd + Math.min(Math.max(gb - start, 0), ends[i] - start) * tiers.usd_per_gb[i], 0);
}

/** Price a month of keeping models and data. */
function storageUsd(candidate, settings, kept) {
  if (!kept) return 0;
  const models = Math.max(1, settings.retrains_per_month * kept.charged_months);
  const gb = kept.data_gb + (models * candidate.size_bytes) / 1e9;
  return tieredUsd(gb, kept.tiers) + settings.retrains_per_month * kept.data_gb * kept.retrieval_usd_per_gb;
}

/** Price a month of answers sent to the internet. */
function egressUsd(settings, state) {
  return state.egress ? tieredUsd((settings.requests_per_day * DAYS_PER_MONTH * state.serving.bytes_per_response) / 1e9, state.egress) : 0;
}

/** Price a month of training: the CPU time on all threads of the machine, as often as stated. */
function trainingUsd(candidate, settings, state, purchase) {
  return ((settings.retrains_per_month * candidate.train_cpu_seconds) / state.vcpus / 3600) * purchase.training_usd_per_hour;
}

/** Tell whether params.yaml states anything that storage or egress is paid for. */
const hasUpkeep = (state) => Boolean(state.kept || state.egress);

const PRICED = { binary: ["false_positive", "false_negative", "misclassified"], multiclass: ["misclassified"], regression: ["absolute_error"] };
const UNPRICED_THRESHOLD = 0.5;

const hasPrice = (settings, task) => PRICED[task].some((name) => settings[name] > 0);

/** Price the errors of the rows of a month at each threshold. */
function errorUsd(rates, settings, rowsPerMonth) {
  const at = (values, i) => values?.[i] ?? 0;
  return rates.threshold.map((_, i) => {
    let perRow = at(rates.false_positives, i) * settings.false_positive;
    perRow += at(rates.false_negatives, i) * settings.false_negative;
    perRow += at(rates.misclassified, i) * settings.misclassified;
    perRow += at(rates.absolute_error, i) * settings.absolute_error;
    return rowsPerMonth * perRow;
  });
}

/** Choose the threshold of least cost, the lowest of equals, and give its place in the table. */
function operatingPoint(candidate, settings, task, rowsPerMonth) {
  const usds = errorUsd(candidate.rates, settings, rowsPerMonth);
  if (task !== "binary") return { threshold: null, at: 0, usd: usds[0] };
  if (!hasPrice(settings, task)) return { threshold: UNPRICED_THRESHOLD, at: null, usd: 0 };
  let at = 0;
  for (let i = 1; i < usds.length; i++) if (usds[i] < usds[at]) at = i;
  return { threshold: candidate.rates.threshold[at], at, usd: usds[at] };
}

const limitsOf = (settings, state) => ({ ...state.limits, latency_p99_ms: settings.latency_p99_ms });

/** Name the limits that a candidate does not keep. */
function brokenLimits(row, limits) {
  const { candidate } = row;
  const values = { latency_p99_ms: row.tail, usd_per_month: row.x, size_bytes: candidate.size_bytes, peak_rss_bytes: candidate.peak_rss_bytes };
  return Object.keys(values).filter((name) => limits[name] != null && !(values[name] / limits[name] <= 1));
}

/** Order candidates, the best first: by money, or by quality while no error has a price. */
function byWorth(priced) {
  const keys = priced ? ["total", "y", "quality", "place"] : ["quality", "x", "place"];
  return (a, b) => {
    for (const key of keys) if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
    return 0;
  };
}

/** Find the candidates within the limits that no other beats on both counts; equal ones stand together. */
function frontier(rows, first, second) {
  const allowed = rows.filter((row) => row.within).map((row) => [first(row), second(row), row.id]);
  const beaten = ([a, b]) => allowed.some(([c, d]) => c <= a && d <= b && (c < a || d < b));
  return new Set(allowed.filter((point) => !beaten(point)).map((point) => point[2]));
}

/** Price every candidate for a month. */
function price(state, settings) {
  const purchase = state.purchases.find((option) => option.name === settings.purchase && option.known);
  const limits = limitsOf(settings, state);
  const rowsPerMonth = settings.requests_per_day * settings.rows_per_request * DAYS_PER_MONTH;
  const priced = hasPrice(settings, state.task);
  const egress = egressUsd(settings, state);
  const rows = state.candidates.map((candidate, place) => {
    const { threshold, at, usd: y } = operatingPoint(candidate, settings, state.task, rowsPerMonth);
    const training = purchase ? trainingUsd(candidate, settings, state, purchase) : NaN;
    const serving = purchase ? servingUsd(candidate, settings, state, purchase.tariff) : NaN;
    const million = purchase ? millionRowsUsd(candidate, settings, state, purchase.tariff) : NaN;
    const storage = storageUsd(candidate, settings, state.kept);
    const x = serving + training + storage + egress;
    const metric = candidate.metrics.validation[state.metric] ?? NaN;
    const quality = Number.isFinite(metric) ? -state.sign * metric : Infinity;
    const worth = priced ? y : quality;
    return { candidate, place, id: candidate.id, threshold, at, training, serving, storage, egress, million, x, y, total: x + y, metric, quality, worth, tail: tailMs(candidate, settings, state, purchase?.tariff) };
  });
  for (const row of rows) row.within = Number.isFinite(row.total) && brokenLimits(row, limits).length === 0;
  const edge = frontier(rows, (row) => row.x, (row) => row.worth);
  for (const row of rows) row.onFrontier = edge.has(row.id);
  return rows.sort(byWorth(priced));
}

/** Give the best candidate within the limits; `rows` are in order. */
const recommended = (rows) => rows.find((row) => row.within);

// ------------------------------------------------------ words and numbers

const UNKNOWN = "—";

function digits(value) {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value === 0 || Math.abs(value) >= 100 || Number.isInteger(value)) return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
  const places = 2 - Math.floor(Math.log10(Math.abs(value)));
  if (places > 9) return value.toExponential(2);
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
}

function usd(value) {
  if (!Number.isFinite(value)) return UNKNOWN;
  const amount = Math.abs(value);
  const sign = value < 0 ? "-" : "";
  if (amount > 0 && amount < 0.01) return `${sign}$${digits(amount)}`;
  const places = amount >= 10000 ? 0 : 2;
  return `${sign}$${amount.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places })}`;
}

/** Dollars of a month: less than a cent is not worth its digits. */
const monthly = (value) => (value > 0 && value < 0.005 ? "< $0.01" : usd(value));

function bytes(value) {
  if (!Number.isFinite(value)) return UNKNOWN;
  for (const [unit, scale] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) if (value >= scale) return `${digits(value / scale)} ${unit}`;
  return `${value} B`;
}

/** Write out storage and egress where they are paid for. */
const upkeepWords = (row, write) => ["storage", "egress"].filter((name) => row[name] > 0).map((name) => write(name, monthly(row[name]))).join("");

const fixed = (value) => (Number.isFinite(value) ? value.toFixed(4) : UNKNOWN);
const plain = (name) => String(name).replaceAll("_", " ");
const requests = (value) => (value >= 1e6 ? `${digits(Number((value / 1e6).toPrecision(2)))} million` : Number(value.toPrecision(2)).toLocaleString("en-US"));

/** Spell out characters that cannot be seen and cut what is too long. */
function shown(name, longest = 48) {
  const text = String(name).replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const head = Math.floor((longest * 2) / 3);
  return text.length <= longest ? text : `${text.slice(0, head)}…${text.slice(head + 1 - longest)}`;
}

// ------------------------------------------------------ elements

/** Make an element; keys of `on` are event names, strings become text nodes. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  // JupyterLab looks for the mark on the focused element itself, so each control carries it.
  if (["input", "button", "select", "textarea", "canvas"].includes(tag)) element.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

const serial = () => `wb-${Math.random().toString(36).slice(2, 10)}`;

/** Round to two significant digits: where a slider lands. */
const tidy = (value) => (value === 0 ? 0 : Number(value.toPrecision(2)));

/**
 * A slider on a logarithmic scale beside a number field; the field holds the exact value.
 * With `zero`, the far left of the slider is 0.
 */
function logControl({ name, unit, low, high, zero = false, whole = false, get, put }) {
  const steps = 400;
  const id = serial();
  const toValue = (at) => (zero && at === 0 ? 0 : tidy(low * (high / low) ** ((at - (zero ? 1 : 0)) / (steps - (zero ? 1 : 0)))));
  const toStep = (value) => {
    if (zero && value < low) return 0;
    const share = Math.log(Math.max(value, low) / low) / Math.log(high / low);
    return Math.round((zero ? 1 : 0) + Math.min(1, share) * (steps - (zero ? 1 : 0)));
  };
  const slider = make("input", { type: "range", min: 0, max: steps, step: 1, "aria-labelledby": id });
  const field = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-labelledby": id });
  const written = (value) => value.toLocaleString("en-US", { maximumSignificantDigits: 17 });
  const show = () => {
    const value = get();
    if (document.activeElement !== slider) slider.value = String(toStep(value));
    if (document.activeElement !== field) field.value = written(value);
    slider.setAttribute("aria-valuetext", `${digits(value)} ${unit}`);
  };
  slider.addEventListener("input", () => {
    const value = toValue(Number(slider.value));
    put(whole ? Math.max(1, Math.round(value)) : value);
    field.value = written(get());
  });
  field.addEventListener("input", () => {
    const typed = field.value.replaceAll(",", "").trim();
    const value = Number(typed);
    const fits = typed !== "" && Number.isFinite(value) && value >= 0 && (zero || value > 0) && (!whole || Number.isInteger(value));
    field.setAttribute("aria-invalid", String(!fits));
    if (fits) put(value);
    slider.value = String(toStep(get()));
  });
  field.addEventListener("change", () => {
    field.value = written(get());
    field.removeAttribute("aria-invalid");
  });
  const label = make("span", { class: "wb-name", id }, name, " ", make("span", { class: "wb-unit" }, `(${unit})`));
  return { element: make("div", { class: "wb-control" }, label, slider, field), show, slider, field };
}

function group(legend, ...children) {
  const id = serial();
  return make("div", { class: "wb-group", role: "group", "aria-labelledby": id }, make("div", { class: "wb-legend", id }, legend), ...children);
}

// ------------------------------------------------------ the plot

function niceTicks(low, high, count, log) {
  if (log) {
    const ticks = [];
    const decades = Math.log10(high / low);
    const steps = decades > 4 ? [1] : decades > 1.3 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const step of steps) { const tick = step * 10 ** power; if (tick >= low && tick <= high) ticks.push(tick); }
    return ticks;
  }
  const rough = (high - low) / count;
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = scale * ([1, 2, 2.5, 5, 10].find((s) => s * scale >= rough) ?? 10);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}

/** Write a tick with as many digits as the step between ticks needs. */
function tickWords(value, step, dollars) {
  const sign = dollars ? "$" : "";
  for (const [unit, scale] of [["B", 1e9], ["M", 1e6], ["k", 1e3]])
    if (Math.abs(value) >= scale && step >= scale / 10) return `${sign}${Number((value / scale).toPrecision(6))}${unit}`;
  return `${sign}${Number(value.toPrecision(10)).toLocaleString("en-US", { maximumFractionDigits: 10 })}`;
}

/** Choose the range of an axis: in powers of ten where the values spread far, else from just below the least. */
function axisOf(values, wantLog) {
  const known = values.filter(Number.isFinite);
  const low = Math.min(...known);
  const high = Math.max(...known);
  if (wantLog && low > 0) {
    const room = Math.max((high / low) ** 0.06, 1.05);
    return { log: true, low: low / room, high: high * room };
  }
  const room = (high - low || Math.abs(high) || 1) * 0.07;
  const start = low >= 0 && low - room * 4 < 0 ? 0 : low - room;
  return { log: false, low: start === 0 ? -room * 0.35 : start, high: high + room };
}

const AXES = {
  usd: { words: "Running", unit: "USD per month", dollars: true, limit: "usd_per_month", of: (row) => row.x },
  million: { words: "Compute of a million rows", unit: "USD", dollars: true, of: (row) => row.million },
  latency: { words: "99th percentile of latency", unit: "ms per request", dollars: false, limit: "latency_p99_ms", of: (row) => row.tail },
};

/** Plot the cost of errors, or the metric while no error has a price. */
function heightOf(state, settings) {
  if (hasPrice(settings, state.task)) return { words: "Errors", unit: "USD per month", dollars: true, of: (row) => row.y };
  return { words: plain(state.metric), unit: `validation, ${state.sign > 0 ? "greater" : "smaller"} is better`, dollars: false, of: (row) => row.metric };
}

/** Plot dollars a month unless one machine carries every candidate: then latency tells them apart. */
function axisThatTells(rows) {
  const spent = rows.map(AXES.usd.of).filter(Number.isFinite);
  return Math.max(...spent) - Math.min(...spent) > 0.01 * Math.max(...spent) ? "usd" : "latency";
}

function spansDecades(values) {
  const known = values.filter(Number.isFinite);
  const low = Math.min(...known);
  return low > 0 && Math.max(...known) / low > 30;
}

class Plot {
  constructor(onPick, onPoint) {
    this.canvas = make("canvas", { tabindex: 0, role: "img" });
    this.readout = make("div", { class: "wb-readout", hidden: true });
    this.element = make("div", { class: "wb-plot" }, this.canvas, this.readout);
    this.log = null;
    this.pointed = null;
    this.onPick = onPick;
    this.onPoint = onPoint;
    this.canvas.addEventListener("pointermove", (event) => this.point(this.nearest(event)));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.canvas.addEventListener("blur", () => this.point(null));
    this.canvas.addEventListener("click", (event) => { const row = this.nearest(event); if (row) this.onPick(row); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  at(row) {
    return this.view.axis.of(row);
  }

  py(row) {
    return this.sy(this.view.height.of(row));
  }

  px(row) {
    return this.sx(this.at(row));
  }

  key(event) {
    const order = [...this.view.visible].sort((a, b) => this.at(a) - this.at(b) || a.worth - b.worth);
    if (!order.length) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) {
      const at = this.pointed ? order.findIndex((row) => row.id === this.pointed.id) : -1;
      this.point(order[at < 0 ? (step > 0 ? 0 : order.length - 1) : (at + step + order.length) % order.length]);
    } else if (event.key === "Enter" && this.pointed) this.onPick(this.pointed);
    else if (event.key === "Escape") this.point(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  nearest(event) {
    const box = this.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let best = null;
    let distance = 26 ** 2;
    for (const row of this.view?.visible ?? []) {
      const d = (this.px(row) - px) ** 2 + (this.py(row) - py) ** 2;
      if (d < distance) { distance = d; best = row; }
    }
    return best;
  }

  point(row) {
    if (row?.id === this.pointed?.id) return;
    this.pointed = row;
    this.draw();
    this.readout.hidden = !row;
    if (!row) return;
    const lines = this.onPoint(row);
    this.readout.replaceChildren(make("b", {}, shown(row.id)), ...lines.map((line) => make("div", {}, line)));
    const width = this.canvas.clientWidth;
    const [x, y] = [this.px(row), this.py(row)];
    this.readout.style.left = x > width * 0.62 ? "" : `${x + 16}px`;
    this.readout.style.right = x > width * 0.62 ? `${width - x + 16}px` : "";
    this.readout.style.top = `${Math.max(0, Math.min(y - 20, this.canvas.clientHeight - 150))}px`;
  }

  show(view) {
    this.view = view;
    if (this.pointed) this.pointed = view.visible.find((row) => row.id === this.pointed.id) ?? null;
    this.readout.hidden = !this.pointed;
    this.draw();
  }

  draw() {
    const { canvas, view } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!view || !width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const c = canvas.getContext("2d");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.colours = { ink: colour("--wb-ink"), quiet: colour("--wb-quiet"), blue: colour("--wb-blue"), orange: colour("--wb-orange"), faint: colour("--wb-faint"), ground: colour("--wb-ground") };
    c.font = `12px ${style.fontFamily}`;
    if (!view.visible.length) {
      c.fillStyle = this.colours.quiet;
      c.fillText("No candidate keeps the limits. Relax one, or clear “only within the limits”.", 16, 40);
      return;
    }
    this.scales(c, width, height);
    this.grid(c, width, height);
    this.limit(c);
    this.line(c, width, height);
    for (const row of view.visible) if (!row.within) this.dot(c, row, 4, null, this.colours.faint);
    for (const row of view.visible) if (row.within && !this.view.edge.has(row.id)) this.dot(c, row, 4.5, "#7db7e0", null);
    for (const row of view.visible) if (this.view.edge.has(row.id)) this.dot(c, row, 5.5, this.colours.blue, this.colours.ground);
    if (this.pointed) this.dot(c, this.pointed, 8.5, null, this.colours.ink);
    const chosen = view.visible.find((row) => row.id === view.chosen);
    if (chosen) this.name(c, chosen, width);
  }

  scales(c, width, height) {
    const { visible } = this.view;
    const [xs, ys] = [visible.map((row) => this.at(row)), visible.map((row) => this.view.height.of(row))];
    this.ax = axisOf(xs, this.log ?? spansDecades(xs));
    this.ay = axisOf(ys, this.log ?? spansDecades(ys));
    this.xTicks = this.ticks(this.ax, 7, this.view.axis.dollars);
    this.yTicks = this.ticks(this.ay, 6, this.view.height.dollars);
    const labels = this.yTicks.map(([, words]) => words);
    const left = 26 + Math.max(...labels.map((text) => c.measureText(text).width), 20);
    this.frame = { left: left + 8, right: width - 16, top: 12, bottom: height - 48 };
    const scale = ({ log, low, high }, from, to) => (v) => from + ((log ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low)) * (to - from));
    this.sx = scale(this.ax, this.frame.left, this.frame.right);
    this.sy = scale(this.ay, this.frame.bottom, this.frame.top);
  }

  ticks({ low, high, log }, count, dollars) {
    const values = niceTicks(low, high, count, log);
    return values.map((value, i) => [value, tickWords(value, log ? Infinity : Math.abs(values[i ? i : 1] - values[i ? i - 1 : 0]), dollars)]);
  }

  grid(c, width, height) {
    const { left, right, top, bottom } = this.frame;
    c.lineWidth = 1;
    c.strokeStyle = "rgb(139 146 156 / 22%)";
    c.fillStyle = this.colours.quiet;
    c.textAlign = "center";
    let last = -Infinity;
    for (const [tick, words] of this.xTicks) {
      const x = this.sx(tick);
      c.beginPath(); c.moveTo(x, top); c.lineTo(x, bottom); c.stroke();
      const half = c.measureText(words).width / 2;
      if (x - half < last + 8) continue;
      c.fillText(words, x, bottom + 18);
      last = x + half;
    }
    c.textAlign = "right";
    for (const [tick, words] of this.yTicks) {
      const y = this.sy(tick);
      c.beginPath(); c.moveTo(left, y); c.lineTo(right, y); c.stroke();
      c.fillText(words, left - 8, y + 4);
    }
    c.textAlign = "center";
    const { words, unit } = this.view.axis;
    c.fillText(`${words} (${unit}${this.ax.log ? ", log scale" : ""})`, (left + right) / 2, height - 8);
    c.save();
    c.translate(13, (top + bottom) / 2);
    c.rotate(-Math.PI / 2);
    const { words: upward, unit: measure } = this.view.height;
    c.fillText(`${upward} (${measure}${this.ay.log ? ", log scale" : ""})`, 0, 0);
    c.restore();
  }

  limit(c) {
    const { bound } = this.view;
    if (bound == null || bound < this.ax.low || bound > this.ax.high) return;
    const { top, bottom } = this.frame;
    const x = this.sx(bound);
    c.save();
    c.strokeStyle = c.fillStyle = this.colours.quiet;
    c.setLineDash([5, 4]);
    c.beginPath();
    c.moveTo(x, top);
    c.lineTo(x, bottom);
    c.stroke();
    c.textAlign = "left";
    c.fillText("limit", x + 5, top + 10);
    c.restore();
  }

  line(c) {
    const edge = this.view.visible.filter((row) => this.view.edge.has(row.id)).sort((a, b) => this.at(a) - this.at(b));
    c.save();
    c.beginPath();
    c.rect(this.frame.left, this.frame.top - 4, this.frame.right - this.frame.left, this.frame.bottom - this.frame.top + 4);
    c.clip();
    c.strokeStyle = this.colours.blue;
    c.globalAlpha = 0.55;
    c.lineWidth = 1.8;
    c.beginPath();
    edge.forEach((row, i) => {
      const [x, y] = [this.px(row), this.py(row)];
      if (i === 0) c.moveTo(x, y); else { c.lineTo(x, this.py(edge[i - 1])); c.lineTo(x, y); }
    });
    c.stroke();
    c.restore();
  }

  dot(c, row, radius, fill, stroke) {
    c.beginPath();
    c.arc(this.px(row), this.py(row), radius, 0, 2 * Math.PI);
    if (fill) { c.fillStyle = fill; c.fill(); }
    if (stroke) { c.strokeStyle = stroke; c.lineWidth = 1.5; c.stroke(); }
  }

  /** Find where beside a dot its name covers the fewest others. */
  placeFor(row, size, width) {
    const [px, py] = [this.px(row), this.py(row)];
    const places = [[px + 17, py - 9], [px - 17 - size, py - 9], [px + 17, py + 20], [px - 17 - size, py + 20]];
    const covered = ([x, y]) => {
      const outside = x < this.frame.left || x + size > width - 4 || y < this.frame.top + 10 || y > this.frame.bottom;
      const dots = this.view.visible.filter((other) => Math.abs(this.px(other) - x - size / 2) < size / 2 + 6 && Math.abs(this.py(other) - y + 5) < 13);
      return (outside ? 1000 : 0) + dots.length;
    };
    return places.reduce((best, place) => (covered(place) < covered(best) ? place : best));
  }

  name(c, row, width) {
    this.dot(c, row, 6, this.colours.orange, null);
    c.beginPath();
    c.arc(this.px(row), this.py(row), 11, 0, 2 * Math.PI);
    c.strokeStyle = this.colours.orange;
    c.lineWidth = 2.4;
    c.stroke();
    c.font = c.font.replace("12px", "650 13px");
    const text = `${shown(row.id, 32)}  ${usd(row.total)}`;
    const size = c.measureText(text).width;
    const [x, y] = this.placeFor(row, size, width);
    c.textAlign = "left";
    c.lineJoin = "round";
    c.lineWidth = 4;
    c.strokeStyle = this.colours.ground;
    c.strokeText(text, x, y);
    c.fillStyle = this.colours.ink;
    c.fillText(text, x, y);
  }
}

// ------------------------------------------------------ the reasons, in words

const LIMITS = {
  latency_p99_ms: ["99th percentile of latency", (value) => `${value.toLocaleString("en-US", { maximumSignificantDigits: 6 })} ms`],
  usd_per_month: ["running", (value) => `${usd(value)} a month`],
  size_bytes: ["size", bytes],
  peak_rss_bytes: ["peak memory", bytes],
};

function comparison(best, other, what) {
  if (!other || other.id === best.id) return null;
  const errors = other.y - best.y;
  const spent = best.x - other.x;
  const gain = other.total - best.total;
  const words = (amount, less, more) => (Math.abs(amount) < 0.005 ? "the same" : `${usd(Math.abs(amount))} ${amount > 0 ? less : more}`);
  return `Against ${what} ${shown(other.id)}: errors cost ${words(errors, "less", "more")}, running ${words(spent, "more", "less")}; in all ${words(gain, "less", "more")} a month.`;
}

function bindingLimits(rows, best, settings, state) {
  const better = rows.slice(0, best ? rows.indexOf(best) : undefined).filter((row) => !row.within && Number.isFinite(row.total))[0];
  if (!better) return best ? "No limit binds: without limits the same candidate would be chosen." : null;
  const limits = limitsOf(settings, state);
  const broken = brokenLimits(better, limits).map((name) => `${LIMITS[name][0]} ${LIMITS[name][1](limits[name])}`);
  const gain = best ? `: ${usd(Math.abs(best.total - better.total))} a month ${best.total < better.total ? "more" : "less"}` : "";
  return `A limit binds (${broken.join("; ")}): without it ${shown(better.id)} would be chosen, at ${usd(better.total)} a month${gain}.`;
}

/** Say over which traffic the same candidate stays the best: found on a grid of powers of ten, then halved. */
function trafficRange(state, settings, best) {
  const winner = (traffic) => {
    const rows = price(state, { ...settings, requests_per_day: traffic });
    return recommended(rows)?.id;
  };
  const edge = (factor) => {
    let inside = settings.requests_per_day;
    for (let i = 0; i < 24; i++) {
      const next = inside * factor;
      if (winner(next) !== best.id) {
        let [low, high] = [inside, next];
        for (let k = 0; k < 12; k++) { const middle = Math.sqrt(low * high); if (winner(middle) === best.id) low = middle; else high = middle; }
        return low;
      }
      inside = next;
      if (inside > 1e10 || inside < 1) return null;
    }
    return null;
  };
  if (!(settings.requests_per_day > 0)) return null;
  const [low, high] = [edge(1 / 2), edge(2)];
  if (low === null && high === null) return "It stays the best at any traffic.";
  if (low === null) return `It stays the best up to ${requests(high)} requests per day.`;
  if (high === null) return `It stays the best from ${requests(low)} requests per day upwards.`;
  return `It stays the best from ${requests(low)} to ${requests(high)} requests per day.`;
}

function errorWords(row, state, settings) {
  const rates = row.candidate.rates;
  if (state.task === "regression") return `Its mean absolute error is ${digits(rates.absolute_error[0])} per row.`;
  if (state.task === "multiclass") return `Of 1,000 rows ${digits(rates.misclassified[0] * 1000)} get the wrong class.`;
  if (row.at === null) return `Threshold ${UNPRICED_THRESHOLD}, because no error has a price.`;
  const { false_positives: alarms, false_negatives: misses } = rates;
  const positive = shown(state.positive || "positive");
  return `Threshold ${Number(row.threshold.toPrecision(4))}: call a row ${positive} from this probability up. Of 1,000 rows, ${digits(alarms[row.at] * 1000)} are false alarms and ${digits(misses[row.at] * 1000)} are missed.`;
}

// ------------------------------------------------------ what is written

/** Give the keys of params.yaml that the choice sets, in the order of the file. */
function changesOf(row, settings, state) {
  const changes = {
    "cost.purchase": settings.purchase,
    "cost.traffic.requests_per_day": settings.requests_per_day,
    "cost.traffic.rows_per_request": settings.rows_per_request,
  };
  for (const name of errorNames(state.task)) changes[`cost.error_usd.${name}`] = settings[name];
  changes["cost.retrains_per_month"] = settings.retrains_per_month;
  changes["decide.limits.latency_p99_ms"] = settings.latency_p99_ms;
  changes["decide.candidate"] = row.id;
  changes["decide.threshold"] = row.threshold === null ? "auto" : row.threshold;
  return changes;
}

/** Write the changes as YAML: JSON scalars are YAML scalars. */
function asYaml(changes) {
  const tree = {};
  for (const [key, value] of Object.entries(changes)) {
    const parts = key.split(".");
    const last = parts.pop();
    let node = tree;
    for (const part of parts) node = node[part] ??= {};
    node[last] = value;
  }
  const lines = [];
  const walk = (node, depth) => {
    for (const [key, value] of Object.entries(node)) {
      const inner = value !== null && typeof value === "object";
      lines.push(`${"  ".repeat(depth)}${key}:${inner ? "" : ` ${scalar(value)}`}`);
      if (inner) walk(value, depth + 1);
    }
  };
  walk(tree, 0);
  return `${lines.join("\n")}\n`;
}

function scalar(value) {
  if (typeof value === "string" && /^[A-Za-z_][A-Za-z0-9_.+@/-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)) return value;
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const errorNames = (task) => (task === "binary" ? ["false_positive", "false_negative"] : PRICED[task]);

// ------------------------------------------------------ the explorer

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
