// Elements of the page. Everything that comes from data reaches it as text, never as markup.

/** Make an element; keys of `on` are event names, strings become text nodes. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  // JupyterLab looks for the mark on the focused element itself, so each control carries it.
  if (["input", "button", "select", "textarea", "canvas"].includes(tag)) element.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

const serial = () => `wb-${Math.random().toString(36).slice(2, 10)}`;

const EXACTLY = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 17 });

/** Round to two significant digits: where a slider lands. */
const tidy = (value) => (value === 0 ? 0 : Number(value.toPrecision(2)));

/**
 * A slider on a logarithmic scale beside a number field; the field holds the exact value.
 * With `zero`, the far left of the slider is 0.
 */
function logControl({ name, unit, low, high, zero = false, whole = false, get, put }) {
  const steps = 400;
  const id = serial();
  const toValue = (at) => (zero && at === 0 ? 0 : tidy(low * (high / low) ** ((at - (zero ? 1 : 0)) / (steps - (zero ? 1 : 0)))));
  const toStep = (value) => {
    if (zero && value < low) return 0;
    const share = Math.log(Math.max(value, low) / low) / Math.log(high / low);
    return Math.round((zero ? 1 : 0) + Math.min(1, share) * (steps - (zero ? 1 : 0)));
  };
  const slider = make("input", { type: "range", min: 0, max: steps, step: 1, "aria-labelledby": id });
  const field = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-labelledby": id });
  const written = (value) => EXACTLY.format(value);
  const show = (forced) => {
    const value = get();
    if (forced || document.activeElement !== slider) slider.value = String(toStep(value));
    if (forced || document.activeElement !== field) { field.value = written(value); field.removeAttribute("aria-invalid"); }
    slider.setAttribute("aria-valuetext", `${digits(value)} ${unit}`);
  };
  slider.addEventListener("input", () => {
    const value = toValue(Number(slider.value));
    put(whole ? Math.max(1, Math.round(value)) : value);
    field.value = written(get());
  });
  field.addEventListener("input", () => {
    const typed = field.value.replaceAll(",", "").trim();
    const value = Number(typed);
    const fits = typed !== "" && Number.isFinite(value) && value >= 0 && (zero || value > 0) && (!whole || Number.isInteger(value));
    field.setAttribute("aria-invalid", String(!fits));
    if (fits) put(value);
    slider.value = String(toStep(get()));
  });
  field.addEventListener("change", () => {
    field.value = written(get());
    field.removeAttribute("aria-invalid");
  });
  const label = make("span", { class: "wb-name", id }, name, " ", make("span", { class: "wb-unit" }, `(${unit})`));
  return { element: make("div", { class: "wb-control" }, label, slider, field), show, slider, field };
}

function group(legend, ...children) {
  const id = serial();
  return make("div", { class: "wb-group", role: "group", "aria-labelledby": id }, make("div", { class: "wb-legend", id }, legend), ...children);
}

/** A table that may be wider than the page: it scrolls by itself, by keyboard too. */
const scrolling = (label, table) => make("div", { class: "wb-scroll", tabindex: 0, role: "group", "aria-label": label }, table);
