// Which candidate costs least, at which threshold: the same as workbench.decide.

const PRICED = { binary: ["false_positive", "false_negative", "misclassified"], multiclass: ["misclassified"], regression: ["absolute_error"] };
const UNPRICED_THRESHOLD = 0.5;
const STRIPS = 256;
const RATE_OF = [["false_positives", "false_positive"], ["false_negatives", "false_negative"], ["misclassified", "misclassified"], ["absolute_error", "absolute_error"]];

const hasPrice = (settings, task) => PRICED[task].some((name) => settings[name] > 0);

/** Pair the rates that have a price with it; a price of 0 adds nothing. */
const pricedRates = (rates, settings) => RATE_OF.filter(([rate, price]) => rates[rate] && settings[price] > 0).map(([rate, price]) => [rates[rate], settings[price]]);

/** Price the errors of the rows of a month at one place of the table. */
function errorUsdAt(terms, i, rowsPerMonth) {
  let perRow = 0;
  for (const [rates, usdEach] of terms) perRow += rates[i] * usdEach;
  return rowsPerMonth * perRow;
}

/** Read a column off the straight line between the thresholds of the table. */
function between(thresholds, value, threshold) {
  const last = thresholds.length - 1;
  if (threshold >= thresholds[last]) return value(last);
  if (threshold <= thresholds[0]) return value(0);
  let [low, high] = [0, last];
  while (high - low > 1) { const middle = (low + high) >> 1; if (thresholds[middle] <= threshold) low = middle; else high = middle; }
  const slope = (value(high) - value(low)) / (thresholds[high] - thresholds[low]);
  return slope * (threshold - thresholds[low]) + value(low);
}

const rowsPerMonthOf = (settings) => settings.requests_per_day * settings.rows_per_request * DAYS_PER_MONTH;

const limitsOf = (settings, state) => ({ ...state.limits, latency_p99_ms: settings.latency_p99_ms, peak_rss_bytes: settings.peak_rss_bytes });

const limitedQuantities = (row) => ({ latency_p99_ms: row.tail, usd_per_month: row.x, size_bytes: row.candidate.size_bytes, peak_rss_bytes: row.candidate.peak_rss_bytes });

/** Name the limits that a candidate does not keep. */
function brokenLimits(row, limits) {
  const values = limitedQuantities(row);
  return Object.keys(values).filter((name) => limits[name] != null && !(values[name] / limits[name] <= 1));
}

/** Find the rows within the limits that no other beats on both counts, in one sweep; equal ones stand together. */
function frontier(rows, first, second) {
  const points = unbeaten(rows.filter((row) => row.within).map((row) => ({ row, x: first(row), y: second(row) })));
  points.sort((a, b) => a.x - b.x || (a.y < b.y ? -1 : a.y > b.y ? 1 : 0));
  const found = new Set();
  let least = NaN;
  for (let i = 0; i < points.length; ) {
    const { x, y: lowest } = points[i];
    const stands = !(lowest >= least);
    for (; i < points.length && points[i].x === x; i++) if (stands && points[i].y === lowest) found.add(points[i].row);
    if (stands) least = lowest;
  }
  return found;
}

/** Leave out what is plainly beaten: beside a point of a strip of the plane farther left that is no higher. */
function unbeaten(points) {
  const [low, high] = ends(points.map(({ x }) => x));
  if (points.length < STRIPS || !(high > low)) return points;
  const strip = ({ x }) => Math.min(STRIPS - 1, Math.floor(((x - low) / (high - low)) * STRIPS));
  const lowest = new Float64Array(STRIPS).fill(Infinity);
  for (const point of points) { const at = strip(point); if (point.y < lowest[at]) lowest[at] = point.y; }
  const farther = new Float64Array(STRIPS).fill(Infinity);
  for (let at = 1; at < STRIPS; at++) farther[at] = Math.min(farther[at - 1], lowest[at - 1]);
  return points.filter((point) => !(point.y > farther[strip(point)]));
}
