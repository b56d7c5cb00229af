// What an axis, the colour or the size of a dot can show.

const QUANTITIES = {
  usd_running_per_month: { words: "Running", unit: "USD per month", write: usd, dollars: true, limit: "usd_per_month", of: (row) => row.x },
  usd_errors_per_month: { words: "Errors", unit: "USD per month", write: usd, dollars: true, of: (row) => row.y },
  usd_per_month: { words: "All costs", unit: "USD per month", write: usd, dollars: true, of: (row) => row.total },
  usd_serving_per_month: { words: "Serving", unit: "USD per month", write: usd, dollars: true, of: (row) => row.serving },
  usd_training_per_month: { words: "Training", unit: "USD per month", write: usd, dollars: true, of: (row) => row.training },
  usd_per_million_rows: { words: "Compute of a million rows", unit: "USD", write: usd, dollars: true, of: (row) => row.million },
  latency_p99_ms: { words: "99th percentile of latency", unit: "ms per request", write: (value) => `${digits(value)} ms`, limit: "latency_p99_ms", of: (row) => row.tail },
  peak_rss_bytes: { words: "Peak memory while scoring", unit: "bytes", write: bytes, limit: "peak_rss_bytes", of: (row) => row.candidate.peak_rss_bytes },
  size_bytes: { words: "Size of the model", unit: "bytes", write: bytes, limit: "size_bytes", of: (row) => row.candidate.size_bytes },
  train_cpu_seconds: { words: "Training time", unit: "CPU seconds", write: (value) => `${digits(value)} CPU s`, of: (row) => row.candidate.train_cpu_seconds },
};

/** Give every quantity: money, time and bytes, and the metrics on validation with the direction that is better. */
function quantitiesOf(state) {
  const metrics = Object.entries(state.signs).map(([name, sign]) => [name, {
    words: plain(name), unit: `validation, ${sign > 0 ? "greater" : "smaller"} is better`, write: fixed, sign, of: (row) => row.candidate.metric("validation", name),
  }]);
  return { ...QUANTITIES, ...Object.fromEntries(metrics) };
}

/** Turn a quantity so that less is better. */
const worse = (quantity) => (row) => (quantity.sign > 0 ? -quantity.of(row) : quantity.of(row));

/** Plot dollars a month unless one machine carries every candidate: then latency tells them apart. */
function acrossThatTells(month) {
  const [low, high] = ends(month.x);
  return high - low > 0.01 * high ? "usd_running_per_month" : "latency_p99_ms";
}

/** Plot the cost of errors, or the metric while no error has a price. */
const upThatTells = (state, settings) => (hasPrice(settings, state.task) ? "usd_errors_per_month" : state.metric);

/** Give the least and the greatest of the finite values, whatever their number. */
function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) if (Number.isFinite(value)) { if (value < low) low = value; if (value > high) high = value; }
  return [low, high];
}
