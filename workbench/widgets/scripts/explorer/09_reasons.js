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

/** Say whether the limits change the choice: priced anew without them, as waiting within one takes machines. */
function bindingLimits(rows, best, settings, state) {
  const free = new Month({ ...state, limits: {} }, { ...settings, latency_p99_ms: null, peak_rss_bytes: null }).best();
  if (!free || free.id === best?.id) return best ? "No limit binds: without limits the same candidate would be chosen." : null;
  const limits = limitsOf(settings, state);
  const under = rows.find((row) => row.id === free.id);
  const broken = (under ? brokenLimits(under, limits) : []).map((name) => `${LIMITS[name][0]} ${LIMITS[name][1](limits[name])}`);
  const why = broken.length ? broken.join("; ") : "waiting within it takes machines";
  const gain = best ? `: ${usd(Math.abs(best.total - free.total))} a month ${best.total < free.total ? "more" : "less"}` : "";
  return `A limit binds (${why}): without it ${shown(free.id)} would be chosen, at ${usd(free.total)} a month${gain}.`;
}

/** Say over which traffic the same candidate stays the best: found on a grid of powers of ten, then halved. */
function* trafficRange(state, settings, best) {
  const winner = function* (traffic) {
    yield;
    const there = { ...settings, requests_per_day: traffic };
    return new Month(state, there).best()?.id;
  };
  const edge = function* (factor) {
    let inside = settings.requests_per_day;
    for (let i = 0; i < 24; i++) {
      const next = inside * factor;
      if ((yield* winner(next)) !== best.id) {
        let [low, high] = [inside, next];
        for (let k = 0; k < 12; k++) { const middle = Math.sqrt(low * high); if ((yield* winner(middle)) === best.id) low = middle; else high = middle; }
        return low;
      }
      inside = next;
      if (inside > 1e10 || inside < 1) return null;
    }
    return null;
  };
  if (!(settings.requests_per_day > 0)) return null;
  const [low, high] = [yield* edge(1 / 2), yield* edge(2)];
  if (low === null && high === null) return "It stays the best at any traffic.";
  if (low === null) return `It stays the best up to ${requests(high)} requests per day.`;
  if (high === null) return `It stays the best from ${requests(low)} requests per day upwards.`;
  return `It stays the best from ${requests(low)} to ${requests(high)} requests per day.`;
}

const REACH = 1024;
const FINENESS = 30;

/** Find the nearest value of an assumption at which two candidates cost the same; null where there is none within reach. */
function breakEven(state, settings, first, second, name) {
  const pair = [first.candidate, second.candidate];
  const gap = (value) => { const { total: [a, b] } = new Month(state, { ...settings, [name]: value }, 1, pair); return a - b; };
  const stated = settings[name];
  const sign = Math.sign(gap(stated));
  if (!(stated > 0) || sign === 0) return null;
  for (let factor = Math.SQRT2; factor <= REACH; factor *= Math.SQRT2)
    for (const far of [stated * factor, stated / factor])
      if (Math.sign(gap(far)) !== sign) {
        let [near, there] = [far > stated ? far / Math.SQRT2 : far * Math.SQRT2, far];
        for (let k = 0; k < FINENESS; k++) { const middle = Math.sqrt(near * there); if (Math.sign(gap(middle)) === sign) near = middle; else there = middle; }
        return there;
      }
  return null;
}

const EVEN_WORDS = {
  requests_per_day: (value) => `${requests(value)} requests a day`, false_positive: (value) => `${usd(value)} a false alarm`, false_negative: (value) => `${usd(value)} a miss`,
  misclassified: (value) => `${usd(value)} a wrong class`, absolute_error: (value) => `${usd(value)} a unit of error`, retrains_per_month: (value) => `${digits(value)} retrains a month`,
};

/** Say at which traffic, prices of errors and retraining two candidates would cost the same. */
function breakEvenWords(state, settings, first, second) {
  if (!hasPrice(settings, state.task)) return null;
  const names = ["requests_per_day", ...PRICED[state.task], "retrains_per_month"];
  const found = names.map((name) => [name, breakEven(state, settings, first, second, name)]).filter(([, value]) => value !== null);
  const with_ = `Break-even with ${shown(second.id)}`;
  return found.length ? `${with_}: at ${found.map(([name, value]) => EVEN_WORDS[name](value)).join(", or at ")}, all else as it is.` : `${with_}: nowhere within a thousandfold of any one assumption.`;
}

function errorWords(row, state, settings) {
  const rates = row.candidate.rates;
  if (state.task === "regression") return `Its mean absolute error is ${digits(rates.absolute_error[0])} per row.`;
  if (state.task === "multiclass") return `Of 1,000 rows ${digits(rates.misclassified[0] * 1000)} get the wrong class.`;
  if (row.at === null && !row.own) return `Threshold ${UNPRICED_THRESHOLD}, because no error has a price.`;
  const { alarms, misses } = sharesAt(row);
  const positive = shown(state.positive || "positive");
  return `Threshold ${Number(row.threshold.toPrecision(4))}: call a row ${positive} from this probability up. Of 1,000 rows, ${digits(alarms * 1000)} are false alarms and ${digits(misses * 1000)} are missed.`;
}
