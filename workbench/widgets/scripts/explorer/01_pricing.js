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

/** Gather what serving has to carry and how it is paid for, the same for every candidate. */
function loadOf(settings, state, tariff) {
  const batch = batchOf(settings, state, tariff);
  return { settings, serving: state.serving, tariff, batch, batches: settings.requests_per_day / batch, rows: settings.rows_per_request * batch };
}

const batchMs = (candidate, { rows }) => requestMs(candidate.latency_p50_ms, candidate.latency_p50_ms_100_rows, rows);
const busy = (batches, serviceMs) => ((batches / SECONDS_PER_DAY) * serviceMs) / 1000;

/** Give the 99th percentile of a request on a free machine, the wait for its batch included. */
function tailMs(candidate, { rows, serving, tariff }) {
  const scoring = requestMs(candidate.latency_p99_ms, candidate.latency_p99_ms_100_rows, rows);
  return tariff?.kind !== "machine" || serving.max_batch === 1 ? scoring : scoring + serving.batch_wait_ms;
}

/** Count the machines with which 99 of 100 requests wait no longer than the limit leaves them, by Erlang's C. */
function machinesForWait(threadsBusy, serviceMs, slackMs, vcpus, fewest) {
  if (!(slackMs > 0 && threadsBusy > 0)) return fewest;
  if (threadsBusy > MOST_BUSY) return Math.max(fewest, Math.ceil((threadsBusy + 2.6 * Math.sqrt(threadsBusy)) / vcpus));
  let [machines, blocked, counted] = [Math.max(fewest, Math.floor(threadsBusy / vcpus) + 1), 1, 0];
  const late = () => {
    const threads = Math.floor(machines * vcpus);
    for (; counted < threads; counted++) blocked = (threadsBusy * blocked) / (counted + 1 + threadsBusy * blocked);
    const waiting = blocked / (1 - (threadsBusy / threads) * (1 - blocked));
    return !(threads > threadsBusy) || waiting > LATE_SHARE * Math.exp(Math.min(700, (threads - threadsBusy) * (slackMs / serviceMs)));
  };
  while (late()) machines += 1;
  return machines;
}

/** Price a month of serving, on machines that never stop or by use. */
function servingUsd(candidate, load, tail) {
  const { settings, serving, tariff, batches } = load;
  const serviceMs = batchMs(candidate, load);
  if (tariff.kind !== "machine") return settings.requests_per_day * DAYS_PER_MONTH * usdPerRequest(candidate, serviceMs, tariff);
  let fewest = serving.min_machines;
  if (settings.latency_p99_ms != null) fewest = machinesForWait(busy(batches * serving.peak_factor, serviceMs), serviceMs, settings.latency_p99_ms - tail, tariff.vcpus, fewest);
  const machines = Math.max(fewest, Math.ceil(busy(batches, serviceMs) / (tariff.vcpus * TARGET_UTILISATION)));
  return machines * tariff.usd_per_hour * HOURS_PER_MONTH;
}

/** Price one request that is paid by use. */
function usdPerRequest(candidate, serviceMs, tariff) {
  const gib = Math.max(tariff.memory_gib, candidate.peak_rss_bytes / 2 ** 30);
  const billedSeconds = (Math.ceil(serviceMs / tariff.billing_step_ms) * tariff.billing_step_ms) / 1000;
  return tariff.usd_per_request + billedSeconds * (tariff.usd_per_vcpu_second + gib * tariff.usd_per_gib_second);
}

/** Price the compute of a million rows, without the whole machines. */
function millionRowsUsd(candidate, load) {
  const { settings, tariff, batch } = load;
  const serviceMs = batchMs(candidate, load);
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
function trainingUsd(candidate, settings, vcpus, purchase) {
  return ((settings.retrains_per_month * candidate.train_cpu_seconds) / vcpus / 3600) * purchase.training_usd_per_hour;
}

/** Find the machine of the settings, and how it is paid for; undefined where that has no known price. */
const machineOf = (state, settings) => state.machines.find((machine) => machine.instance === settings.instance);
const purchaseOf = (state, settings) => machineOf(state, settings)?.purchases.find((option) => option.name === settings.purchase && option.known);
const basisOf = (state, settings) => machineOf(state, settings)?.purchases.find((option) => option.name === settings.purchase)?.basis ?? "";

/** Tell whether params.yaml states anything that storage or egress is paid for. */
const hasUpkeep = (state) => Boolean(state.kept || state.egress);
