// The reasons, in words.

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
