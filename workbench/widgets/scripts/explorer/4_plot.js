// The plot of the candidates, on a canvas.

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
