// Apply: the diff of params.yaml first, then a confirmation; without a kernel the changed keys as YAML.

const NO_ANSWER_MS = 8000;

class Applying {
  constructor(explorer) {
    this.explorer = explorer;
    this.why = make("textarea", { name: "why", rows: 1, maxlength: 2000, placeholder: "for the decision file: what speaks for it, who agreed" });
    this.who = make("input", { type: "text", name: "who", maxlength: 200, autocomplete: "name", placeholder: "as git knows you" });
    this.button = make("button", { type: "button", class: "wb-primary", on: { click: () => this.send() } });
    this.copy = make("button", { type: "button", on: { click: () => this.copyText() } }, "Copy text for params.yaml");
    this.confirm = make("button", { type: "button", class: "wb-primary", hidden: true, on: { click: () => this.write() } }, "Write it");
    this.cancel = make("button", { type: "button", hidden: true, on: { click: () => { this.settle(); this.note.textContent = "Nothing was written."; this.button.focus(); } } }, "Cancel");
    this.note = make("span", { role: "status" });
    this.text = make("pre", { tabindex: 0, role: "group", "aria-label": "Text for params.yaml", hidden: true });
    this.element = make("section", { class: "wb-apply", "aria-label": "Apply" },
      make("div", { class: "wb-signed" }, make("label", {}, "Because", this.why), make("label", {}, "Your name", this.who)),
      make("div", { class: "wb-actions" }, this.button, this.copy, this.confirm, this.cancel, this.note), this.text);
    if (!explorer.live) this.element.querySelector(".wb-signed").hidden = true;
  }

  close() {
    clearTimeout(this.waiting);
  }

  show() {
    const { chosen, live } = this.explorer;
    this.button.disabled = !chosen;
    this.button.textContent = chosen ? (live ? `Apply ${shown(chosen.id, 28)} to params.yaml` : "Show text for params.yaml") : "Nothing to apply";
    this.copy.hidden = !chosen;
    if (chosen && !live && !this.text.hidden) this.text.textContent = this.yaml();
  }

  /** Something was moved: an old answer and an old diff no longer hold. */
  moved() {
    this.say("");
    if (this.explorer.live) this.settle();
  }

  settle() {
    this.diff = undefined;
    this.confirm.hidden = this.cancel.hidden = true;
    this.text.hidden = true;
  }

  say(words, bad = false) {
    this.note.textContent = words;
    this.note.className = bad ? "wb-bad" : "";
  }

  yaml() {
    const { chosen, settings, state } = this.explorer;
    return asYaml(changesOf(chosen, settings, state));
  }

  message(kind) {
    const { chosen, settings } = this.explorer;
    return { kind, candidate: chosen.id, threshold: chosen.threshold, why: this.why.value, who: this.who.value, settings: { ...settings } };
  }

  send() {
    const { explorer } = this;
    if (!explorer.live) return this.showText("Paste this into params.yaml, then run dvc repro.");
    explorer.save();
    this.settle();
    this.say("Comparing with params.yaml …");
    this.expect();
    explorer.model.send(this.message("preview"));
  }

  write() {
    this.say("Writing …");
    this.expect();
    this.explorer.model.send({ ...this.message("apply"), diff: this.diff });
    this.confirm.hidden = this.cancel.hidden = true;
  }

  expect() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.showText("No answer from the kernel. Is it running? Otherwise paste this into params.yaml."), NO_ANSWER_MS);
  }

  answered(message) {
    if (!["previewed", "applied"].includes(message?.kind)) return;
    clearTimeout(this.waiting);
    const text = String(message.text ?? "");
    if (!message.ok) return this.say(text, true);
    if (message.kind === "previewed") return this.offer(message.diff, text);
    this.settle();
    this.say(text);
    this.explorer.decided(message.candidate);
  }

  /** Show what would change, and ask. */
  offer(diff, text) {
    this.diff = diff;
    const lines = diff ? diff.split("\n") : [];
    if (diff === null) this.text.textContent = this.yaml();
    else this.text.replaceChildren(...lines.map((line) => make("span", { class: line.startsWith("+") ? "wb-added" : line.startsWith("-") ? "wb-removed" : "" }, `${line}\n`)));
    this.text.hidden = diff === "";
    this.confirm.hidden = this.cancel.hidden = false;
    this.say(text || (diff === "" ? "params.yaml says so already; a decision file would be written." : "This would change in params.yaml, and a decision file would be written."));
    this.confirm.focus();
  }

  showText(words) {
    this.text.textContent = this.yaml();
    this.text.hidden = false;
    this.say(words);
  }

  async copyText() {
    this.showText("");
    try {
      await navigator.clipboard.writeText(this.text.textContent);
      this.say("Copied. Paste it into params.yaml, then run dvc repro.");
    } catch {
      const range = document.createRange();
      range.selectNodeContents(this.text);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      this.say("Selected. Press Ctrl+C, then paste it into params.yaml.");
    }
  }
}
