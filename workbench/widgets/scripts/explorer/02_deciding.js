// Which candidate costs least, at which threshold: the same as workbench.decide.

const PRICED = { binary: ["false_positive", "false_negative", "misclassified"], multiclass: ["misclassified"], regression: ["absolute_error"] };
const UNPRICED_THRESHOLD = 0.5;
const RATE_OF = [["false_positives", "false_positive"], ["false_negatives", "false_negative"], ["misclassified", "misclassified"], ["absolute_error", "absolute_error"]];

const hasPrice = (settings, task) => PRICED[task].some((name) => settings[name] > 0);

/** Read rates: whole counts and their steps down, or the rates themselves. */
function readRates(rates) {
  if (!rates.alarms) return Object.fromEntries(Object.entries(rates).map(([name, values]) => [name, values.includes(null) ? values : Float64Array.from(values)]));
  const { rows, positives, alarms, found } = rates;
  const count = alarms.length;
  const [false_positives, false_negatives, misclassified] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const positive = positives / rows;
  let [alarm, find] = [alarms[0], found[0]];
  for (let i = 0; i < count; i++) {
    if (i) { alarm -= alarms[i]; find -= found[i]; }
    false_positives[i] = alarm / rows;
    false_negatives[i] = positive - find / rows;
    misclassified[i] = false_positives[i] + false_negatives[i];
  }
  return { threshold: new Float64Array(rates.threshold), false_positives, false_negatives, misclassified, positive };
}

/** Pair the rates that have a price with it; a price of 0 adds nothing. */
const pricedRates = (rates, settings) => RATE_OF.filter(([rate, price]) => rates[rate] && settings[price] > 0).map(([rate, price]) => [rates[rate], settings[price]]);

/** Price the errors of the rows of a month at one place of the table. */
function errorUsdAt(terms, i, rowsPerMonth) {
  let perRow = 0;
  for (const [rates, usdEach] of terms) perRow += rates[i] * usdEach;
  return rowsPerMonth * perRow;
}

/** Choose the threshold of least cost, the lowest of equals, and give its place in the table. */
function operatingPoint(candidate, settings, task, rowsPerMonth) {
  const { rates } = candidate;
  const terms = pricedRates(rates, settings);
  if (task !== "binary") return { threshold: null, at: 0, usd: errorUsdAt(terms, 0, rowsPerMonth) };
  if (!hasPrice(settings, task)) return { threshold: UNPRICED_THRESHOLD, at: null, usd: 0 };
  const at = leastAt(terms, rates.threshold.length, rowsPerMonth);
  return { threshold: rates.threshold[at], at, usd: errorUsdAt(terms, at, rowsPerMonth) };
}

function leastAt(terms, count, rowsPerMonth) {
  if (!terms.length) return 0;
  const [[first, firstUsd], second] = terms;
  const [rates, usdEach] = second ?? [first, 0];
  let [at, least] = [0, Infinity];
  for (let i = 0; i < count; i++) {
    const value = terms.length > 2 ? errorUsdAt(terms, i, rowsPerMonth) : rowsPerMonth * (first[i] * firstUsd + rates[i] * usdEach);
    if (value < least) { least = value; at = i; }
  }
  return at;
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

/** Move a candidate to a threshold of a person's own. */
function atThreshold(row, threshold, state, settings) {
  const { rates } = row.candidate;
  const terms = pricedRates(rates, settings);
  const y = between(rates.threshold, (i) => errorUsdAt(terms, i, rowsPerMonthOf(settings)), threshold);
  return { ...row, threshold, at: null, y, total: row.x + y, own: true, worth: hasPrice(settings, state.task) ? y : row.worth };
}

const rowsPerMonthOf = (settings) => settings.requests_per_day * settings.rows_per_request * DAYS_PER_MONTH;

const limitsOf = (settings, state) => ({ ...state.limits, latency_p99_ms: settings.latency_p99_ms, peak_rss_bytes: settings.peak_rss_bytes });

const limitedQuantities = (row) => ({ latency_p99_ms: row.tail, usd_per_month: row.x, size_bytes: row.candidate.size_bytes, peak_rss_bytes: row.candidate.peak_rss_bytes });

/** Name the limits that a candidate does not keep. */
function brokenLimits(row, limits) {
  const values = limitedQuantities(row);
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

/** Find the rows within the limits that no other beats on both counts, in one sweep; equal ones stand together. */
function frontier(rows, first, second) {
  const points = rows.filter((row) => row.within).map((row) => [first(row), second(row), row.id]);
  points.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0));
  const found = new Set();
  let least = NaN;
  for (let i = 0; i < points.length; ) {
    const [at, lowest] = points[i];
    const stands = !(lowest >= least);
    for (; i < points.length && points[i][0] === at; i++) if (stands && points[i][1] === lowest) found.add(points[i][2]);
    if (stands) least = lowest;
  }
  return found;
}

/** Price every candidate for a month, in the order of the table; all prices of it times `factor`. */
function pricedRows(state, settings, factor = 1) {
  const purchase = purchaseOf(state, settings);
  const { vcpus } = machineOf(state, settings) ?? {};
  const limits = limitsOf(settings, state);
  const rowsPerMonth = rowsPerMonthOf(settings);
  const priced = hasPrice(settings, state.task);
  const egress = egressUsd(settings, state) * factor;
  return state.candidates.map((candidate, place) => {
    const { threshold, at, usd: y } = operatingPoint(candidate, settings, state.task, rowsPerMonth);
    const training = purchase ? trainingUsd(candidate, settings, vcpus, purchase) * factor : NaN;
    const serving = purchase ? servingUsd(candidate, settings, state, purchase.tariff) * factor : NaN;
    const million = purchase ? millionRowsUsd(candidate, settings, state, purchase.tariff) * factor : NaN;
    const storage = storageUsd(candidate, settings, state.kept) * factor;
    const x = serving + training + storage + egress;
    const metric = candidate.metrics.validation[state.metric] ?? NaN;
    const quality = Number.isFinite(metric) ? -state.sign * metric : Infinity;
    const row = { candidate, place, id: candidate.id, threshold, at, training, serving, storage, egress, million, x, y, total: x + y, metric, quality, worth: priced ? y : quality, tail: tailMs(candidate, settings, state, purchase?.tariff), within: false, onFrontier: false, own: false };
    row.within = Number.isFinite(row.total) && brokenLimits(row, limits).length === 0;
    return row;
  });
}

/** Price every candidate for a month, the best first. */
function price(state, settings, factor = 1) {
  const rows = pricedRows(state, settings, factor);
  const edge = frontier(rows, (row) => row.x, (row) => row.worth);
  for (const row of rows) row.onFrontier = edge.has(row.id);
  return rows.sort(byWorth(hasPrice(settings, state.task)));
}

/** Give the best candidate within the limits; `rows` are in order. */
const recommended = (rows) => rows.find((row) => row.within);

/** Give the best candidate within the limits of rows in any order. */
function bestOf(rows, state, settings) {
  const order = byWorth(hasPrice(settings, state.task));
  return rows.reduce((best, row) => (row.within && (!best || order(row, best) < 0) ? row : best), undefined);
}
