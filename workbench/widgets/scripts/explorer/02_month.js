// A month of every candidate under some settings: prices, order and limits over flat arrays.

class Month {
  /** Price every candidate for a month; all prices of the machine times `factor`. */
  constructor(state, settings, factor = 1, candidates = state.candidates) {
    Object.assign(this, { state, settings, factor, candidates, priced: hasPrice(settings, state.task), limits: limitsOf(settings, state) });
    const count = candidates.length;
    for (const name of ["training", "serving", "storage", "x", "y", "total", "tail", "quality"]) this[name] = new Float64Array(count);
    this.at = new Int32Array(count);
    this.within = new Uint8Array(count);
    this.purchase = purchaseOf(state, settings);
    this.load = loadOf(settings, state, this.purchase?.tariff);
    this.egress = egressUsd(settings, state) * factor;
    if (this.priced || state.task !== "binary") this.err();
    this.run();
    this.judge();
    this.keys = this.priced ? [this.total, this.y, this.quality] : [this.quality, this.x];
  }

  /** Find for each candidate the threshold at which its errors cost least, the lowest of equals, and that cost. */
  err() {
    const { points: { start, at, rates: [falsePositives, falseNegatives, misclassified, absoluteError] } } = this.state;
    const [perAlarm, perMiss, perWrong, perUnit] = RATE_OF.map(([, price]) => (this.settings[price] > 0 ? this.settings[price] : 0));
    const rowsPerMonth = rowsPerMonthOf(this.settings);
    this.candidates.forEach(({ place }, i) => {
      let [best, least] = [start[place], Infinity];
      for (let k = best; k < start[place + 1]; k++) {
        const usd = rowsPerMonth * (falsePositives[k] * perAlarm + falseNegatives[k] * perMiss + misclassified[k] * perWrong + absoluteError[k] * perUnit);
        if (usd < least) { least = usd; best = k; }
      }
      this.at[i] = at[best];
      this.y[i] = least;
    });
  }

  /** Price training, serving and storage. */
  run() {
    const { state, settings, purchase, load, factor, egress } = this;
    const { vcpus } = machineOf(state, settings) ?? {};
    this.candidates.forEach((candidate, i) => {
      this.training[i] = purchase ? trainingUsd(candidate, settings, vcpus, purchase) * factor : NaN;
      this.tail[i] = tailMs(candidate, load);
      this.serving[i] = purchase ? servingUsd(candidate, load, this.tail[i]) * factor : NaN;
      this.storage[i] = storageUsd(candidate, settings, state.kept) * factor;
      this.x[i] = this.serving[i] + this.training[i] + this.storage[i] + egress;
      this.total[i] = this.x[i] + this.y[i];
    });
  }

  /** Tell who keeps to the limits, and how good each is. */
  judge() {
    const { limits, state } = this;
    const keeps = (value, limit) => limit == null || value / limit <= 1;
    this.candidates.forEach((candidate, i) => {
      const { size_bytes: size, peak_rss_bytes: peak } = candidate;
      const metric = candidate.metric("validation", state.metric);
      this.quality[i] = Number.isFinite(metric) ? -state.sign * metric : Infinity;
      this.within[i] = Number.isFinite(this.total[i]) && keeps(this.tail[i], limits.latency_p99_ms) && keeps(this.x[i], limits.usd_per_month) && keeps(size, limits.size_bytes) && keeps(peak, limits.peak_rss_bytes);
    });
  }

  /** Order two candidates, the better first: by money, or by quality while no error has a price; equals as in the table. */
  order(a, b) {
    for (const key of this.keys) { if (key[a] < key[b]) return -1; if (key[a] > key[b]) return 1; }
    return a - b;
  }

  row(i) {
    return new Row(this, i);
  }

  /** Give every candidate, the best first. */
  ranked() {
    const [first] = this.keys;
    return [...Int32Array.from(first, (_, i) => i).sort((a, b) => first[a] - first[b] || this.order(a, b))].map((i) => this.row(i));
  }

  /** Give the best candidate within the limits; undefined where there is none. */
  best() {
    let best = -1;
    for (let i = 0; i < this.within.length; i++) if (this.within[i] && (best < 0 || this.order(i, best) < 0)) best = i;
    return best < 0 ? undefined : this.row(best);
  }

  /** The candidates that no other beats on what they cost and on their errors, by their place. */
  get edge() {
    const rows = () => this.candidates.map((_, i) => this.row(i));
    this.found ??= new Set([...frontier(rows(), (row) => row.x, (row) => row.worth)].map(({ i }) => i));
    return this.found;
  }
}

/** One candidate in a month. */
class Row {
  constructor(month, i) {
    this.month = month;
    this.i = i;
  }

  get candidate() { return this.month.candidates[this.i]; }
  get id() { return this.candidate.id; }
  get place() { return this.candidate.place; }
  get training() { return this.month.training[this.i]; }
  get serving() { return this.month.serving[this.i]; }
  get storage() { return this.month.storage[this.i]; }
  get egress() { return this.month.egress; }
  get million() { const { load, purchase, factor } = this.month; return purchase ? millionRowsUsd(this.candidate, load) * factor : NaN; }
  get tail() { return this.month.tail[this.i]; }
  get x() { return this.month.x[this.i]; }
  get y() { return this.month.y[this.i]; }
  get total() { return this.month.total[this.i]; }
  get quality() { return this.month.quality[this.i]; }
  get worth() { return this.month.priced ? this.y : this.quality; }
  get within() { return this.month.within[this.i] === 1; }
  get onFrontier() { return this.month.edge.has(this.i); }
  get own() { return false; }

  /** Place among the thresholds; null while no error has a price. */
  get at() { return this.month.priced || this.month.state.task !== "binary" ? this.month.at[this.i] : null; }

  get threshold() {
    if (this.month.state.task !== "binary") return null;
    return this.at === null ? UNPRICED_THRESHOLD : this.candidate.rates.threshold[this.at];
  }
}

/** One candidate in a month, at a threshold of a person's own. */
class OwnRow extends Row {
  constructor({ month, i }, threshold, usd) {
    super(month, i);
    this.cut = threshold;
    this.usd = usd;
  }

  get y() { return this.usd; }
  get total() { return this.x + this.usd; }
  get at() { return null; }
  get threshold() { return this.cut; }
  get own() { return true; }
}

/** Move a candidate to a threshold of a person's own. */
function atThreshold(row, threshold) {
  const { settings } = row.month;
  const { rates } = row.candidate;
  const terms = pricedRates(rates, settings);
  return new OwnRow(row, threshold, between(rates.threshold, (i) => errorUsdAt(terms, i, rowsPerMonthOf(settings)), threshold));
}

/** Price a month of one candidate, at its best threshold. */
const alone = (state, settings, candidate) => new Month(state, settings, 1, [candidate]).row(0);
