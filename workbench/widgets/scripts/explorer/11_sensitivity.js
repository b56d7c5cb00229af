// How much the choice hangs on each assumption: the same rules as workbench.decide.sensitivity and .assumptions.

const WHOLE = ["rows_per_request", "size_bytes", "peak_rss_bytes"];
const LIMIT_NAMES = ["latency_p99_ms", "usd_per_month", "size_bytes", "peak_rss_bytes"];
const ASSUMPTION_WORDS = {
  requests_per_day: "requests a day", rows_per_request: "rows per request", false_positive: "the price of a false alarm", false_negative: "the price of a miss",
  misclassified: "the price of a wrong class", absolute_error: "the price of a unit of error", retrains_per_month: "retrains a month",
  latency_p99_ms: "the latency limit (ms)", usd_per_month: "the limit on running a month (USD)", size_bytes: "the limit on size (bytes)",
  peak_rss_bytes: "the limit on memory (bytes)", prices: "all prices together (factor)",
};
const MUCH_WORK = 1000;

/** List what a decision assumes, each with a value below and one above. */
function assumptionsOf(state, settings) {
  const limits = limitsOf(settings, state);
  const stated = [["requests_per_day", settings.requests_per_day], ["rows_per_request", settings.rows_per_request],
    ...PRICED[state.task].map((name) => [name, settings[name]]), ["retrains_per_month", settings.retrains_per_month],
    ...LIMIT_NAMES.map((name) => [name, limits[name]])].filter(([, value]) => value > 0);
  const off = state.price_uncertainty;
  const halved = ([name, value]) => {
    const half = WHOLE.includes(name) ? Math.max(1, Math.floor(value / 2)) : value / 2;
    return { name, stated: value, low: half === value ? null : half, high: value * 2 };
  };
  return [...stated.map(halved), { name: "prices", stated: 1, low: off > 0 ? 1 - off : 0.5, high: off > 0 ? 1 + off : 2 }];
}

/** Price every candidate with one assumption at another value. */
function monthWith(state, settings, name, value) {
  if (name === "prices") return new Month(state, settings, value);
  if (name === "usd_per_month" || name === "size_bytes") return new Month({ ...state, limits: { ...state.limits, [name]: value } }, settings);
  return new Month(state, { ...settings, [name]: value });
}

/** Go through steps of work at once, and give what they end in. */
function finished(steps) {
  for (;;) { const { done, value } = steps.next(); if (done) return value; }
}

const sensitivity = (state, settings) => finished(sensitivitySteps(state, settings));

/** Move every assumption to half and to double, one at a step; null where nothing keeps to the limits as stated. */
function* sensitivitySteps(state, settings) {
  const kept = new Month(state, settings).best();
  if (!kept) return null;
  const side = (name, value) => {
    if (value === null) return null;
    const month = monthWith(state, settings, name, value);
    const [best, same] = [month.best(), month.row(kept.place)];
    return { value, usd: same.total, within: same.within, choice: best?.id ?? null, choiceUsd: best?.total ?? null };
  };
  const bars = [];
  for (const assumption of assumptionsOf(state, settings)) {
    yield;
    const low = side(assumption.name, assumption.low);
    yield;
    const high = side(assumption.name, assumption.high);
    const sides = [low, high].filter(Boolean);
    const [least, most] = ends([kept.total, ...sides.map(({ usd: cost }) => cost)]);
    const flips = sides.filter(({ choice }) => choice !== kept.id).map(({ choice }) => choice ?? "nothing");
    bars.push({ ...assumption, low, high, swing: most - least, flips: [...new Set(flips)] });
  }
  return { candidate: kept.id, usd: kept.total, bars: bars.sort((a, b) => b.swing - a.swing) };
}

/** Say what is assumed, for paper, where no control shows it. */
function assumedWords(state, settings) {
  const stated = assumptionsOf(state, settings).filter(({ name }) => name !== "prices").map(({ name, stated: value }) => `${ASSUMPTION_WORDS[name]}: ${written(name, value)}`);
  return `Assumed: ${stated.join("; ")}; ${shown(settings.instance)}, ${plain(settings.purchase)}.`;
}

/** The tornado: a table of bars, the one that moves the cost most on top. */
class Tornado {
  constructor(explorer) {
    this.explorer = explorer;
    this.words = make("p", { class: "wb-quiet" });
    this.body = make("tbody");
    const heads = [["Assumption", "stated"], ["At the lower value", "USD/month"], ["", "cost of the recommended"], ["At the higher value", "USD/month"], ["Then recommended", ""]];
    this.element = make("section", { class: "wb-panel", "aria-label": "Sensitivity" }, make("h3", {}, "What the choice hangs on"), this.words,
      scrolling("Sensitivity", make("table", { class: "wb-tornado" }, make("caption", { class: "wb-hidden" }, "One assumption moved at a time"),
        make("thead", {}, make("tr", {}, ...heads.map(([name, unit]) => make("th", { scope: "col" }, name || "Swing", ...(unit ? [make("small", {}, unit)] : []))))), this.body)));
  }

  *steps() {
    const { state, settings } = this.explorer;
    const found = yield* sensitivitySteps(state, settings);
    this.element.hidden = !found;
    if (!found) return;
    const flips = found.bars.filter((bar) => bar.flips.length);
    const off = state.price_uncertainty;
    const prices = off > 0 ? `; prices by ${digits(off * 100)} %` : "";
    this.words.textContent = `Each assumption halved and doubled${prices}, all else as it is, for ${shown(found.candidate)}. ${flips.length ? `The choice would change with ${flips.length} of ${found.bars.length}.` : "None of them alone would change the choice."}`;
    const [low, high] = ends(found.bars.flatMap((bar) => [found.usd, bar.low?.usd, bar.high?.usd]));
    const place = (value) => (high > low ? ((value - low) / (high - low)) * 100 : 50);
    this.body.replaceChildren(...found.bars.map((bar) => this.line(bar, found, place)));
  }

  line(bar, found, place) {
    const end = (side) => (side ? [monthly(side.usd), make("small", {}, `at ${written(bar.name, side.value)}${side.within ? "" : ", outside the limits"}`)] : [UNKNOWN]);
    const [from, to] = ends([found.usd, bar.low?.usd, bar.high?.usd]);
    const track = make("span", { class: "wb-track", "aria-hidden": "true" });
    const piece = make("span", { class: "wb-swing" });
    piece.style.left = `${place(from)}%`;
    piece.style.width = `${Math.max(0.6, place(to) - place(from))}%`;
    const mark = make("span", { class: "wb-stated" });
    mark.style.left = `${place(found.usd)}%`;
    track.append(piece, mark);
    return make("tr", {}, make("th", { scope: "row" }, ASSUMPTION_WORDS[bar.name], make("small", {}, written(bar.name, bar.stated))),
      make("td", {}, ...end(bar.low)), make("td", { class: "wb-bar-cell" }, track, make("span", { class: "wb-hidden" }, `swings by ${usd(bar.swing)}`)), make("td", {}, ...end(bar.high)),
      make("td", { class: bar.flips.length ? "wb-flips" : "" }, bar.flips.length ? bar.flips.map((id) => shown(id, 28)).join(" or ") : "the same"));
  }
}

/** Write the value of an assumption with its unit where its words lack one. */
function written(name, value) {
  if (name.endsWith("_bytes")) return bytes(value);
  if (["false_positive", "false_negative", "misclassified", "absolute_error", "usd_per_month"].includes(name)) return usd(value);
  if (name === "prices") return `× ${digits(value)}`;
  return name === "latency_p99_ms" ? `${digits(value)} ms` : value >= 1e6 ? requests(value) : digits(value);
}
