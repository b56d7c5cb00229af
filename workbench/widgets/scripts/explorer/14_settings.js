// Settings with a version and a step, and undo: the same rules as workbench.widgets.settings and .history.

const VERSION = 3;
const MOST_STEPS = 200;
const SAME_GESTURE_MS = 800;

/** Bring saved data to this version; an error says what cannot be read. Beside a kernel, table and counts come apart. */
function restored(state, table = state.table, counts = state.counts) {
  const version = state.version ?? 1;
  if (version > VERSION) throw new Error(`The explorer was saved by a newer version of Workbench (${version}, this is ${VERSION}). Run its cell again.`);
  const given = version === 1 ? fromFirst(state) : state;
  return { ...given, ...(given.candidates ? candidatesApart(given.candidates) : candidatesOf(table, counts)), version: VERSION };
}

/** The first version knew one machine, and no direction of the metrics but that of the one that decides. */
function fromFirst({ instance, vcpus, purchases, basis, ...state }) {
  const machines = [{ instance, vcpus, memory_gib: null, purchases: purchases.map((option) => ({ basis: basis[option.name] ?? "", ...option })) }];
  const settings = { instance, peak_rss_bytes: state.limits.peak_rss_bytes ?? null, ...state.settings };
  return { price_uncertainty: 0, ...state, version: VERSION, machines, settings, signs: state.metric ? { [state.metric]: state.sign } : {} };
}

const NO_CHOICE = { step: 0, candidate: null, threshold: null, pins: [], across: null, up: null, colour: null, size: null, brush: null };

/** Undo and redo: settings by their step; a change drops what lay beyond it. */
class Steps {
  constructor() {
    this.kept = new Map();
  }

  keep(settings) {
    const step = settings.step ?? 0;
    if (JSON.stringify(this.kept.get(step)) === JSON.stringify(settings)) return;
    for (const at of this.kept.keys()) if (at >= step || at <= step - MOST_STEPS) this.kept.delete(at);
    this.kept.set(step, { ...settings });
  }

  before(step) {
    return this.kept.get(Math.max(...[...this.kept.keys()].filter((at) => at < step)));
  }

  after(step) {
    return this.kept.get(Math.min(...[...this.kept.keys()].filter((at) => at > step)));
  }
}
