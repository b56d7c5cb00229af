// What a choice writes to params.yaml.

/** Give the keys of params.yaml that the choice sets, in the order of the file. */
function changesOf(row, settings, state) {
  const changes = {
    "cost.instance": settings.instance,
    "cost.purchase": settings.purchase,
    "cost.traffic.requests_per_day": settings.requests_per_day,
    "cost.traffic.rows_per_request": settings.rows_per_request,
  };
  for (const name of errorNames(state.task)) changes[`cost.error_usd.${name}`] = settings[name];
  changes["cost.retrains_per_month"] = settings.retrains_per_month;
  changes["decide.limits.latency_p99_ms"] = settings.latency_p99_ms;
  changes["decide.limits.peak_rss_bytes"] = settings.peak_rss_bytes;
  changes["decide.candidate"] = row.id;
  changes["decide.threshold"] = row.threshold === null ? "auto" : row.threshold;
  return changes;
}

/** Write the changes as YAML: JSON scalars are YAML scalars. */
function asYaml(changes) {
  const tree = {};
  for (const [key, value] of Object.entries(changes)) {
    const parts = key.split(".");
    const last = parts.pop();
    let node = tree;
    for (const part of parts) node = node[part] ??= {};
    node[last] = value;
  }
  const lines = [];
  const walk = (node, depth) => {
    for (const [key, value] of Object.entries(node)) {
      const inner = value !== null && typeof value === "object";
      lines.push(`${"  ".repeat(depth)}${key}:${inner ? "" : ` ${scalar(value)}`}`);
      if (inner) walk(value, depth + 1);
    }
  };
  walk(tree, 0);
  return `${lines.join("\n")}\n`;
}

function scalar(value) {
  if (typeof value === "string" && /^[A-Za-z_][A-Za-z0-9_.+@/-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)) return value;
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const errorNames = (task) => (task === "binary" ? ["false_positive", "false_negative"] : PRICED[task]);
