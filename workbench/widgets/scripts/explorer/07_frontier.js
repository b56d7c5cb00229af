// The frontier of what is plotted as a whole: how much it dominates, and its knee; the same as workbench.decide.

const BEYOND = 0.1;
const FEWEST = 3;
const small = (words) => words[0].toLowerCase() + words.slice(1);

/** Give the points of rows on two quantities, less is better, in the order of the table. */
const pointsOf = (rows, across, up) => [...rows].map((row) => ({ row, x: worse(across)(row), y: worse(up)(row) })).sort((a, b) => a.row.i - b.row.i);

/** Find the point of a frontier nearest to the best of both, each in its own span; null where none lies before the straight line. */
function kneeOf(points) {
  const [[left, right], [bottom, top]] = [ends(points.map(({ x }) => x)), ends(points.map(({ y }) => y))];
  if (new Set(points.map(({ x, y }) => `${x} ${y}`)).size < FEWEST) return null;
  const sum = ({ x, y }) => (right > left ? (x - left) / (right - left) : 0) + (top > bottom ? (y - bottom) / (top - bottom) : 0);
  const least = points.reduce((best, point) => (sum(point) < sum(best) ? point : best));
  return right > left && top > bottom && sum(least) >= 1 ? null : least.row;
}

/** Measure the share of the box, from the best of both to a tenth of the span beyond the worst, that a frontier dominates. */
function dominatedShare(edge, xs, ys) {
  const side = ([best, worst]) => { const corner = worst + BEYOND * (worst - best); return [best, corner > best ? corner : best + 1]; };
  const [[left, right], [bottom, top]] = [side(ends(xs)), side(ends(ys))];
  const scaled = edge.map(({ x, y }) => ({ x: (x - left) / (right - left), y: (y - bottom) / (top - bottom) })).sort((a, b) => a.x - b.x);
  const steps = scaled.filter(({ x }, i) => !i || x !== scaled[i - 1].x);
  return steps.reduce((area, { x, y }, i) => area + (1 - x) * ((i ? steps[i - 1].y : 1) - y), 0);
}

/** Describe the frontier of the rows within the limits. */
function frontierOf(rows, across, up) {
  const edge = frontier(rows, worse(across), worse(up));
  const points = pointsOf(edge, across, up);
  const within = rows.filter((row) => row.within);
  return { edge, knee: kneeOf(points), share: dominatedShare(points, within.map(worse(across)), within.map(worse(up))) };
}

/** Say how many are on the frontier, how much it dominates, and where its knee is. */
function frontierWords({ edge, knee, share, across, up }) {
  if (!edge.size) return "";
  const many = edge.size === 1 ? "1 candidate is" : `${inEnglish(edge.size, 0, 0)} candidates are`;
  const most = `It dominates ${(100 * share).toFixed(1)} % of the box that reaches a tenth of the span beyond the worst candidate within the limits`;
  const turn = knee ? `its knee, nearest to the best of both, each in its own span, is ${shown(knee.id)}` : "it has no knee";
  return `${many} on the frontier of ${small(across.words)} and ${small(up.words)}. ${most}; ${turn}.`;
}
