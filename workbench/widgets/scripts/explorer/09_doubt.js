// How sure the gap to the runner-up is: as saved, or as the kernel answers once the hand rests.

const ASK_AFTER_MS = 400;

/** Say a gap with its interval. */
function gapWords({ candidate, runner_up: other, usd_per_month: more, low, high, confidence }) {
  const ends = `${usd(more)} a month, ${usd(low)} to ${usd(high)} (${digits(confidence * 100)} % interval, the same rows drawn again).`;
  if (low > 0 || high < 0) return `Against ${shown(other)} the difference is ${ends}`;
  return `Between ${shown(candidate)} and ${shown(other)} the rows do not decide: the difference is ${ends}`;
}

class Doubt {
  constructor(explorer) {
    this.explorer = explorer;
    this.asked = 0;
    this.line = make("li");
  }

  close() {
    clearTimeout(this.waiting);
  }

  show() {
    const { chosen, other, state, settings, live, model } = this.explorer;
    this.close();
    this.line.remove();
    this.asked += 1;
    if (!chosen || !other || chosen.own) return;
    if (this.fits(state.gap)) this.say(state.gap);
    else if (live && state.judged) this.waiting = setTimeout(() => model.send({ kind: "gap", asked: this.asked, settings: { ...settings } }), ASK_AFTER_MS);
  }

  /** Tell whether a gap is between the two candidates shown, under these prices. */
  fits(gap) {
    const { chosen, other } = this.explorer;
    return gap && gap.candidate === chosen?.id && gap.runner_up === other?.id && Math.abs(other.total - chosen.total - gap.usd_per_month) <= 1e-9 * Math.abs(other.total);
  }

  answered(message) {
    if (message?.kind === "gap" && message.asked === this.asked && this.fits(message.gap)) this.say(message.gap);
  }

  say(gap) {
    this.line.textContent = gapWords(gap);
    this.explorer.reasons.append(this.line);
  }
}
