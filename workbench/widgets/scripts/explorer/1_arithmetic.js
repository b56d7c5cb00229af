// The arithmetic of a decision: the same as workbench.cost and workbench.decide.
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
