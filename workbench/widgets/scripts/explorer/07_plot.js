// The plot of the candidates, on a canvas.

const MOST_LOOKED_AT = 2000;

/** Draw candidates; what pointer and keys do to them is in Pointing. */
class Plot {
  constructor(handlers) {
    this.canvas = make("canvas", { tabindex: 0, role: "img" });
    this.readout = make("div", { class: "wb-readout", hidden: true });
    this.element = make("div", { class: "wb-plot" }, this.canvas, this.readout);
    this.pointed = null;
    this.dragged = null;
    this.handlers = handlers;
    this.cloud = new Cloud();
    this.pointing = new Pointing(this);
    this.redraw = () => this.draw();
    this.resized = new ResizeObserver(this.redraw);
    this.resized.observe(this.canvas);
    this.themed = new MutationObserver(this.redraw);
    this.themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
    this.media = ["print", "(prefers-color-scheme: dark)"].map((query) => matchMedia(query));
    for (const media of this.media) media.addEventListener("change", this.redraw);
  }

  close() {
    this.resized.disconnect();
    this.themed.disconnect();
    for (const media of this.media) media.removeEventListener("change", this.redraw);
  }

  py(row) {
    return this.sy(this.view.up.of(row));
  }

  px(row) {
    return this.sx(this.view.across.of(row));
  }

  point(row) {
    if (row?.id === this.pointed?.id) return;
    this.pointed = row;
    this.draw();
    this.readout.hidden = !row;
    if (!row) return;
    const lines = this.handlers.describe(row);
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
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    const c = canvas.getContext("2d");
    c.reset();
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.colours = Object.fromEntries(["ink", "quiet", "blue", "pale", "orange", "faint", "ground"].map((name) => [name, colour(`--wb-${name}`)]));
    this.dark = colour("--wb-dark") === "1";
    c.font = `12px ${style.fontFamily}`;
    if (!view.visible.length) {
      c.fillStyle = this.colours.quiet;
      c.fillText("No candidate keeps the limits. Relax one, or clear “only within the limits”.", 16, 40);
      return;
    }
    this.scales(c, width, height);
    this.grid(c, width, height);
    this.limits(c);
    this.line(c);
    this.dots(c);
    this.brush(c);
    if (view.knee) this.diamond(c, view.knee);
    if (this.pointed) this.dot(c, this.pointed, 8.5, null, this.colours.ink);
    for (const [letter, row] of view.pinned) this.letter(c, letter, row);
    if (view.chosen) this.name(c, view.chosen, width);
  }

  /** Draw those outside the limits, those within over them, and the frontier over all. */
  dots(c) {
    const { cloud, colours, xs, ys, view: { visible, edge } } = this;
    const radius = this.measured("size", (share) => 3 + 8 * Math.sqrt(share));
    const fill = this.measured("colour", (share) => this.ramp(share));
    cloud.begin(c.canvas.width, c.canvas.height, window.devicePixelRatio || 1);
    visible.forEach((row, i) => { if (!row.within) cloud.dot(xs[i], ys[i], radius?.(row) ?? 4, colours.faint, 1.5); });
    visible.forEach((row, i) => { if (row.within && !edge.has(row)) cloud.dot(xs[i], ys[i], radius?.(row) ?? 4.5, fill?.(row) ?? colours.pale); });
    cloud.end(c);
    for (const row of visible) if (row.within && edge.has(row)) this.dot(c, row, radius?.(row) ?? 5.5, fill?.(row) ?? this.colours.blue, fill ? this.colours.ink : this.colours.ground);
  }

  /** Give what a quantity looks like, by its share of the way from least to greatest; null where none is shown. */
  measured(channel, look) {
    const quantity = this.view[channel];
    if (!quantity) return null;
    const [low, high] = ends(this.view.visible.map(quantity.of));
    const log = low > 0 && high / low > 30;
    return (row) => {
      const value = quantity.of(row);
      if (!Number.isFinite(value) || !(high > low)) return look(0);
      return look(log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
    };
  }

  ramp(part) {
    const share = Math.round(part * 64) / 64;
    return this.dark ? `hsl(205 75% ${30 + 55 * share}%)` : `hsl(205 70% ${84 - 60 * share}%)`;
  }

  /** Shade what lies outside the rectangle that restricts the table. */
  brush(c) {
    const box = this.dragged ?? (this.view.brush && this.placed(this.view.brush));
    if (!box) return;
    const { left, right, top, bottom } = this.frame;
    c.save();
    c.fillStyle = this.colours.ground;
    c.globalAlpha = 0.55;
    c.beginPath();
    c.rect(left - 12, top - 12, right - left + 24, bottom - top + 18);
    c.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    c.fill("evenodd");
    c.globalAlpha = 1;
    c.strokeStyle = this.colours.ink;
    c.setLineDash([4, 3]);
    c.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    c.restore();
  }

  placed({ x, y }) {
    return { left: this.sx(x[0]), right: this.sx(x[1]), top: this.sy(y[1]), bottom: this.sy(y[0]) };
  }

  valued({ left, right, top, bottom }) {
    const short = (value) => Number(value.toPrecision(6));
    return { x: [short(this.sx.back(left)), short(this.sx.back(right))], y: [short(this.sy.back(bottom)), short(this.sy.back(top))] };
  }

  scales(c, width, height) {
    const { visible, across, up, log } = this.view;
    const [xs, ys] = [Float64Array.from(visible, across.of), Float64Array.from(visible, up.of)];
    this.ax = axisOf(xs, log ?? spansDecades(xs));
    this.ay = axisOf(ys, log ?? spansDecades(ys));
    this.xTicks = this.ticks(this.ax, 7, across.dollars);
    this.yTicks = this.ticks(this.ay, 6, up.dollars);
    const labels = this.yTicks.map(([, words]) => words);
    const left = 26 + Math.max(...labels.map((text) => c.measureText(text).width), 20);
    this.frame = { left: left + 8, right: width - 16, top: 12, bottom: height - 48 };
    this.sx = scaleOf(this.ax, this.frame.left, this.frame.right);
    this.sy = scaleOf(this.ay, this.frame.bottom, this.frame.top);
    [this.xs, this.ys] = [xs.map(this.sx), ys.map(this.sy)];
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
    const { words, unit } = this.view.across;
    c.fillText(`${words} (${unit}${this.ax.log ? ", log scale" : ""})`, (left + right) / 2, height - 8);
    c.save();
    c.translate(13, (top + bottom) / 2);
    c.rotate(-Math.PI / 2);
    const { words: upward, unit: measure } = this.view.up;
    c.fillText(`${upward} (${measure}${this.ay.log ? ", log scale" : ""})`, 0, 0);
    c.restore();
  }

  limits(c) {
    const { bounds } = this.view;
    const { left, right, top, bottom } = this.frame;
    const inside = (bound, { low, high }) => bound != null && bound >= low && bound <= high;
    c.save();
    c.strokeStyle = c.fillStyle = this.colours.quiet;
    c.setLineDash([5, 4]);
    c.textAlign = "left";
    const rule = (x, y, toX, toY) => {
      c.beginPath(); c.moveTo(x, y); c.lineTo(toX, toY); c.stroke();
      c.fillText("limit", x + 5, y + (x === toX ? 10 : -5));
    };
    if (inside(bounds.across, this.ax)) { const x = this.sx(bounds.across); rule(x, top, x, bottom); }
    if (inside(bounds.up, this.ay)) { const y = this.sy(bounds.up); rule(left, y, right, y); }
    c.restore();
  }

  /** Join the frontier by steps, where less is better on both axes or more is on one. */
  line(c) {
    const edge = [...this.view.edge].sort((a, b) => worse(this.view.across)(a) - worse(this.view.across)(b));
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

  diamond(c, row, reach = 10) {
    const [x, y] = [this.px(row), this.py(row)];
    c.beginPath();
    for (const [dx, dy] of [[0, -reach], [reach, 0], [0, reach], [-reach, 0]]) c.lineTo(x + dx, y + dy);
    c.closePath();
    c.strokeStyle = this.colours.ink;
    c.lineWidth = 1.5;
    c.stroke();
  }

  /** Find where beside a dot its name covers the fewest others. */
  placeFor(row, size, width) {
    const [px, py] = [this.px(row), this.py(row)];
    const places = [[px + 17, py - 9], [px - 17 - size, py - 9], [px + 17, py + 20], [px - 17 - size, py + 20]];
    const covered = ([x, y]) => {
      const outside = x < this.frame.left || x + size > width - 4 || y < this.frame.top + 10 || y > this.frame.bottom;
      let dots = 0;
      for (let i = 0; i < Math.min(this.xs.length, MOST_LOOKED_AT); i++) if (Math.abs(this.xs[i] - x - size / 2) < size / 2 + 6 && Math.abs(this.ys[i] - y + 5) < 13) dots++;
      return (outside ? MOST_LOOKED_AT : 0) + dots;
    };
    const counts = places.map(covered);
    return places[counts.indexOf(Math.min(...counts))];
  }

  letter(c, letter, row) {
    this.dot(c, row, 8, this.colours.ground, this.colours.ink);
    c.save();
    c.font = c.font.replace("12px", "650 11px");
    c.fillStyle = this.colours.ink;
    c.textAlign = "center";
    c.fillText(letter, this.px(row), this.py(row) + 4);
    c.restore();
  }

  name(c, row, width) {
    if (!this.view.pinned.some(([, pinned]) => pinned.id === row.id)) this.dot(c, row, 6, this.colours.orange, null);
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
