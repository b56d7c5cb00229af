// Words and numbers for people.

const UNKNOWN = "—";
const WRITERS = new Map();

/** Write a number as English does; making a writer takes longer than writing, so each is kept. */
function inEnglish(value, least, most) {
  const key = 100 * least + most;
  if (!WRITERS.has(key)) WRITERS.set(key, new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: most }));
  return WRITERS.get(key).format(value);
}

function digits(value) {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value === 0 || Math.abs(value) >= 100 || Number.isInteger(value)) return inEnglish(value, 0, 0);
  const places = 2 - Math.floor(Math.log10(Math.abs(value)));
  if (places > 9) return value.toExponential(2);
  return inEnglish(value, places, places);
}

function usd(value) {
  if (!Number.isFinite(value)) return UNKNOWN;
  const amount = Math.abs(value);
  const sign = value < 0 ? "-" : "";
  if (amount === 0) return "$0";
  if (amount < 0.01) return `${sign}$${digits(amount)}`;
  const places = amount >= 10000 ? 0 : 2;
  return `${sign}$${inEnglish(amount, places, places)}`;
}

/** Dollars of a month: less than a cent is not worth its digits. */
const monthly = (value) => (value > 0 && value < 0.005 ? "< $0.01" : usd(value));

function bytes(value) {
  if (!Number.isFinite(value)) return UNKNOWN;
  for (const [unit, scale] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) if (value >= scale) return `${digits(value / scale)} ${unit}`;
  return `${value} B`;
}

/** Write out storage and egress where they are paid for. */
const upkeepWords = (row, write) => ["storage", "egress"].filter((name) => row[name] > 0).map((name) => write(name, monthly(row[name]))).join("");

const fixed = (value) => (Number.isFinite(value) ? value.toFixed(4) : UNKNOWN);
const plain = (name) => String(name).replaceAll("_", " ");
const requests = (value) => (value >= 1e6 ? `${inEnglish(Number((value / 1e6).toPrecision(2)), 0, 3)} million` : inEnglish(Number(value.toPrecision(2)), 0, 3));

/** Spell out characters that cannot be seen and cut what is too long. */
function shown(name, longest = 48) {
  const text = String(name).replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const head = Math.floor((longest * 2) / 3);
  return text.length <= longest ? text : `${text.slice(0, head)}…${text.slice(head + 1 - longest)}`;
}
