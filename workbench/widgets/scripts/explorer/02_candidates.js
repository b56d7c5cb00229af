// The candidates as they were saved: their figures, and their rates of error, kept as counts in few bytes.

const RATES = ["false_positives", "false_negatives", "misclassified", "absolute_error"];
const MOST_SIFTED = 2 ** 20;
const USUAL_POINTS = 64;

/** A candidate: its figures, its metrics, and its rates of error at every threshold, read when they are asked for. */
class Candidate {
  constructor(place, id, kind, figures, metrics, read) {
    Object.assign(this, { place, id, kind, ...figures });
    this.metrics = metrics;
    this.read = read;
  }

  get rates() {
    this.known ??= this.read();
    return this.known;
  }

  metric(split, name) {
    return this.metrics[split]?.[name]?.[this.place] ?? NaN;
  }
}

/** The thresholds of each candidate at which its errors can cost least, one after another in one array for each rate. */
class Points {
  constructor(candidates) {
    this.start = new Int32Array(candidates + 1);
    this.used = 0;
    this.at = new Int32Array(candidates * USUAL_POINTS);
    this.rates = RATES.map(() => new Float64Array(candidates * USUAL_POINTS));
  }

  room(more) {
    if (this.used + more <= this.at.length) return;
    const longer = (values) => { const grown = new values.constructor(2 * (values.length + more)); grown.set(values); return grown; };
    [this.at, this.rates] = [longer(this.at), this.rates.map(longer)];
  }

  /** Keep every threshold of a candidate. */
  all(place, rates) {
    const count = rates.threshold.length;
    this.room(count);
    for (let i = 0; i < count; i++) {
      this.at[this.used + i] = i;
      RATES.forEach((name, kind) => { this.rates[kind][this.used + i] = rates[name]?.[i] ?? 0; });
    }
    this.used += count;
    this.start[place + 1] = this.used;
  }

  /** Keep some thresholds of a candidate whose errors are counted. */
  some(place, kept, count, { rows, positives, alarms, misses }) {
    this.room(count);
    const [falsePositives, falseNegatives, misclassified] = this.rates;
    const positive = positives / rows;
    for (let k = 0, to = this.used; k < count; k++, to++) {
      const i = kept[k];
      this.at[to] = i;
      falsePositives[to] = alarms[i] / rows;
      falseNegatives[to] = positive - (positives - misses[i]) / rows;
      misclassified[to] = falsePositives[to] + falseNegatives[to];
    }
    this.used += count;
    this.start[place + 1] = this.used;
  }
}

/** Reads the stream of counts; workbench.widgets.rates says how it is written. */
class Counts {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  next() {
    let byte = this.bytes[this.at++];
    if (byte < 128) return byte;
    let [value, scale] = [byte - 128, 128];
    do { byte = this.bytes[this.at++]; value += (byte & 127) * scale; scale *= 128; } while (byte > 127);
    return value;
  }

  /** Read the false alarms and misses of one candidate at each of its thresholds into `into`. */
  read(count, into) {
    into.rows = this.next();
    into.positives = this.next();
    for (let i = 0, alarm = 0; i < count; i++) into.alarms[i] = alarm = i ? alarm - this.next() : this.next();
    for (let i = 0, found = 0; i < count; i++) { found = i ? found - this.next() : this.next(); into.misses[i] = into.positives - found; }
    return into;
  }
}

const roomFor = (count) => ({ rows: 0, positives: 0, alarms: new Int32Array(count), misses: new Int32Array(count) });

/**
 * Choose the thresholds at which errors can cost least whatever each costs: those on the lower hull of false alarms and misses.
 * Any other costs more than the best by at least one part in rows², far beyond rounding; what lies on a straight line stays,
 * as it may cost the same (Provost and Fawcett, Robust classification for imprecise environments, Machine Learning 42, 2001).
 */
function onHull(alarms, misses, count, kept) {
  let top = 0;
  for (let i = 0; i < count; i++) {
    const last = kept[top - 1];
    if (top && alarms[i] === alarms[last] && misses[i] === misses[last]) continue;
    for (; top > 1; top--) {
      const from = kept[top - 2];
      const by = kept[top - 1];
      if ((misses[by] - misses[from]) * (alarms[i] - alarms[from]) >= (alarms[by] - alarms[from]) * (misses[i] - misses[from])) break;
    }
    kept[top++] = i;
  }
  return top;
}

const bytesOf = (base64) => Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** Read the table of candidates and the stream of their counts. */
function candidatesOf(table, counts) {
  const bytes = typeof counts === "string" ? bytesOf(counts) : new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength);
  const cuts = table.cuts.map((values) => Float64Array.from(values));
  const numbers = (values) => new Float64Array(values.map((value) => value ?? NaN));
  const metrics = Object.fromEntries(Object.entries(table.metrics).map(([split, columns]) => [split, Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, numbers(values)]))]));
  const figures = Object.entries(table.figures);
  const most = cuts.reduce((longest, { length }) => Math.max(longest, length), 0);
  const [points, stream, room, kept] = [new Points(table.id.length), new Counts(bytes), roomFor(most), new Int32Array(most)];
  const plain = table.plain.values();
  const candidates = table.id.map((id, place) => {
    const which = stream.next();
    const { at } = stream;
    const rates = which ? null : readRates(plain.next().value);
    const own = {};
    for (const [name, values] of figures) own[name] = values[place] ?? NaN;
    if (rates) points.all(place, rates);
    else sift(points, place, stream.read(cuts[which - 1].length, room), cuts[which - 1].length, kept);
    return new Candidate(place, id, table.kind[place], own, metrics, () => rates ?? countedRates(new Counts(bytes, at), cuts[which - 1]));
  });
  return { candidates, points, metrics };
}

function sift(points, place, counted, count, kept) {
  const few = counted.rows <= MOST_SIFTED;
  if (!few) for (let i = 0; i < count; i++) kept[i] = i;
  points.some(place, kept, few ? onHull(counted.alarms, counted.misses, count, kept) : count, counted);
}

/** Turn the counts of one candidate into rates: the very bits that Python divides. */
function countedRates(stream, threshold) {
  const count = threshold.length;
  const { rows, positives, alarms, misses } = stream.read(count, roomFor(count));
  const positive = positives / rows;
  const false_positives = Float64Array.from(alarms, (alarm) => alarm / rows);
  const false_negatives = Float64Array.from(misses, (miss) => positive - (positives - miss) / rows);
  return { threshold, false_positives, false_negatives, misclassified: false_positives.map((alarm, i) => alarm + false_negatives[i]), positive };
}

/** Read rates that were written as they are, or as the second version wrote counts: in JSON, one candidate at a time. */
function readRates({ threshold, rows, positives, alarms, found, ...rates }) {
  if (!alarms) return { threshold: Float64Array.from(threshold), ...Object.fromEntries(Object.entries(rates).map(([name, values]) => [name, Float64Array.from(values)])) };
  const down = ([first, ...steps]) => steps.reduce((counts, step) => [...counts, counts.at(-1) - step], [first]);
  const misses = Int32Array.from(down(found), (count) => positives - count);
  const read = { read: () => ({ rows, positives, alarms: Int32Array.from(down(alarms)), misses }) };
  return countedRates(read, Float64Array.from(threshold));
}

/** Read candidates as the first two versions wrote them: each an object of its own. */
function candidatesApart(listed) {
  const points = new Points(listed.length);
  const columns = (split) => Object.fromEntries(Object.keys(listed[0]?.metrics?.[split] ?? {}).map((name) => [name, Float64Array.from(listed, ({ metrics }) => metrics?.[split]?.[name] ?? NaN)]));
  const all = { validation: columns("validation"), test: columns("test") };
  const candidates = listed.map(({ id, kind, metrics, rates, ...figures }, place) => {
    const known = readRates(rates);
    points.all(place, known);
    return new Candidate(place, id, kind, figures, all, () => known);
  });
  return { candidates, points, metrics: all };
}
