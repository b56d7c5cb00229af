// What pointer and keys do on the plot: read a candidate, choose it, draw the rectangle that restricts the table.

const CLICK_PX = 5;
const REACH_PX = 26;
const KEY_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Pointing {
  constructor(plot) {
    this.plot = plot;
    this.start = null;
    this.byKeys = false;
    const { canvas } = plot;
    canvas.addEventListener("pointerdown", (event) => { if (event.button === 0) { this.start = this.place(event); canvas.setPointerCapture?.(event.pointerId); } });
    canvas.addEventListener("pointermove", (event) => this.move(this.place(event)));
    canvas.addEventListener("pointerup", (event) => this.end(this.place(event)));
    canvas.addEventListener("pointercancel", () => this.drop());
    canvas.addEventListener("pointerleave", () => plot.point(null));
    canvas.addEventListener("blur", () => { if (this.byKeys) this.keep(); plot.point(null); });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  place(event) {
    const box = this.plot.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  move([x, y]) {
    const { plot, start } = this;
    if (!start || !plot.frame) return plot.point(this.nearest(x, y));
    if (Math.hypot(x - start[0], y - start[1]) < CLICK_PX && !plot.dragged) return;
    const { left, right, top, bottom } = plot.frame;
    const clip = (value, low, high) => Math.max(low, Math.min(high, value));
    const [xs, ys] = [[clip(start[0], left, right), clip(x, left, right)], [clip(start[1], top, bottom), clip(y, top, bottom)]];
    plot.dragged = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
    plot.point(null);
    plot.draw();
  }

  end([x, y]) {
    const { start, plot } = this;
    this.start = null;
    if (plot.dragged) return this.keep();
    const row = start && this.nearest(x, y);
    if (row) plot.handlers.pick(row);
  }

  drop() {
    this.start = null;
    this.byKeys = false;
    this.plot.dragged = null;
    this.plot.draw();
  }

  keep() {
    const { plot } = this;
    const box = plot.dragged;
    this.byKeys = false;
    plot.dragged = null;
    if (box && box.right > box.left && box.bottom > box.top) plot.handlers.brush(plot.valued(box));
    else plot.draw();
  }

  nearest(px, py) {
    let best = null;
    let distance = REACH_PX ** 2;
    const { xs, ys, view } = this.plot;
    const count = view?.visible.length && xs ? xs.length : 0;
    for (let i = 0; i < count; i++) {
      const d = (xs[i] - px) ** 2 + (ys[i] - py) ** 2;
      if (d < distance) { distance = d; best = view.visible[i]; }
    }
    return best;
  }

  key(event) {
    const { plot } = this;
    if (!plot.view?.visible.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = KEY_STEPS[event.key];
    if (this.byKeys) { if (!this.brushKey(event, step)) return; }
    else if (event.key === "b" || event.key === "B") this.begin();
    else if (step) this.walk(step[0] + step[1]);
    else if (event.key === "Enter" && plot.pointed) plot.handlers.pick(plot.pointed);
    else if ((event.key === "p" || event.key === "P") && plot.pointed) plot.handlers.pin(plot.pointed);
    else if (event.key === "Escape") { if (plot.view.brush) plot.handlers.brush(null); plot.point(null); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  walk(step) {
    const { plot } = this;
    const { across } = plot.view;
    const order = [...plot.view.visible].sort((a, b) => across.of(a) - across.of(b) || a.worth - b.worth);
    const at = plot.pointed ? order.findIndex((row) => row.id === plot.pointed.id) : -1;
    plot.point(order[at < 0 ? (step > 0 ? 0 : order.length - 1) : (at + step + order.length) % order.length]);
  }

  /** Begin a rectangle by keyboard: around the candidate that is read, or in the middle. */
  begin() {
    const { plot } = this;
    const { left, right, top, bottom } = plot.frame;
    const [width, height] = [(right - left) / 4, (bottom - top) / 4];
    const [x, y] = plot.pointed ? [plot.px(plot.pointed), plot.py(plot.pointed)] : [(left + right) / 2, (top + bottom) / 2];
    this.byKeys = true;
    plot.dragged = { left: Math.max(left, x - width), right: Math.min(right, x + width), top: Math.max(top, y - height), bottom: Math.min(bottom, y + height) };
    plot.handlers.say("Rectangle begun. Arrow keys move it, Shift and arrow keys size it, Enter keeps it, Escape drops it.");
    plot.point(null);
    plot.draw();
  }

  brushKey(event, step) {
    const { plot } = this;
    if (event.key === "Enter") { this.keep(); return true; }
    if (event.key === "Escape") { this.drop(); return true; }
    if (!step) return false;
    const { left, right, top, bottom } = plot.frame;
    const [dx, dy] = [(step[0] * (right - left)) / 25, (step[1] * (bottom - top)) / 25];
    const box = plot.dragged;
    const moved = event.shiftKey
      ? { ...box, right: box.right + dx, top: box.top + dy }
      : { left: box.left + dx, right: box.right + dx, top: box.top + dy, bottom: box.bottom + dy };
    const fits = moved.left >= left - 1 && moved.right <= right + 1 && moved.top >= top - 1 && moved.bottom <= bottom + 1;
    if (fits && moved.right - moved.left > 8 && moved.bottom - moved.top > 8) { plot.dragged = moved; plot.draw(); }
    return true;
  }
}

/** Tell whether a candidate lies in the rectangle; where there is none, each does. */
function inBrush(brush, quantities) {
  if (!brush) return () => true;
  const [across, up] = [quantities[brush.across], quantities[brush.up]];
  if (!across || !up) return () => true;
  const between = (value, [low, high]) => value >= low && value <= high;
  return (row) => between(across.of(row), brush.x) && between(up.of(row), brush.y);
}
