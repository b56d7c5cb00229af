// Axes: their range, their ticks, and from a value to a place and back.

function niceTicks(low, high, count, log) {
  if (log) {
    const ticks = [];
    const decades = Math.log10(high / low);
    const steps = decades > 4 ? [1] : decades > 1.3 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const step of steps) { const tick = step * 10 ** power; if (tick >= low && tick <= high) ticks.push(tick); }
    if (ticks.length > 2) return ticks;
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
  return `${sign}${inEnglish(Number(value.toPrecision(10)), 0, 10)}`;
}

/** Choose the range of an axis: in powers of ten where the values spread far, else from just below the least. */
function axisOf(values, wantLog) {
  const [low, high] = ends(values);
  if (wantLog && low > 0) {
    const room = Math.max((high / low) ** 0.06, 1.05);
    return { log: true, low: low / room, high: high * room };
  }
  const room = (high - low || Math.abs(high) || 1) * 0.07;
  const start = low >= 0 && low - room * 4 < 0 ? 0 : low - room;
  return { log: false, low: start === 0 ? -room * 0.35 : start, high: high + room };
}

function spansDecades(values) {
  const [low, high] = ends(values);
  return low > 0 && high / low > 30;
}

/** Lead from values to places on the screen, and back. */
function scaleOf({ log, low, high }, from, to) {
  const span = Math.log(high / low);
  const share = (value) => (log ? Math.log(value / low) / span : (value - low) / (high - low));
  const scale = (value) => from + share(value) * (to - from);
  scale.back = (place) => {
    const part = (place - from) / (to - from);
    return log ? low * (high / low) ** part : low + part * (high - low);
  };
  return scale;
}
