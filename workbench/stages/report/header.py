"""The head of a report: how the run ended, from what it started, what it used and cost."""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from workbench.stages.report.ansi import ansi_html
from workbench.stages.report.spending import cells_table, energy, expected, memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.artifacts import RunRecord
    from workbench.stages.outcome import Outcome

_FROM = {"default": "by default", "--set": "by --set", "params.yaml": "from params.yaml"}
_SECTIONS_OF_ALL = ("run",)
_MIB = 2**20
_SECONDS_PER_MINUTE = 60


def header_html(record: RunRecord, outcome: Outcome) -> str:
    """Render the card at the top of the page."""
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts_of(record))
    rest = f"{cells_table(record)}{_parameters(record)}{_dependencies(record)}"
    return (
        f'<header class="card {record.status.lower()}"><p class="status">{record.status}</p>'
        f'<h1>{escape(record.stage)}</h1><p class="words">{escape(words(record, outcome))}</p>'
        f"{_failure(record, outcome)}<dl>{facts}</dl>{rest}</header>"
    )


def words(record: RunRecord, outcome: Outcome) -> str:
    """Say what a status means for the artifacts."""
    if record.status == "DONE":
        return "every cell ran and the artifacts were committed"
    if outcome.committed:
        return "it had committed its artifacts before that: look at them before you use them"
    return "the artifacts of the last good run are untouched"


def header_markdown(record: RunRecord, outcome: Outcome) -> str:
    """Render the same facts for the first cell of the executed notebook."""
    lines = [f"**{record.stage}: {record.status}** — {words(record, outcome)}", ""]
    if record.error:
        where = f"cell {record.cell}: " if record.cell else ""
        lines += [f"> {_markdown(where + record.error)}", ""]
    lines += ["| | |", "|---|---|", *(f"| {name} | {_markdown(value)} |" for name, value in facts_of(record))]
    return "\n".join(lines) + "\n"


def facts_of(record: RunRecord) -> Iterable[tuple[str, str]]:
    """Walk what the run used and where it started, with units."""
    yield "Started", f"{record.started[:19].replace('T', ' ')} UTC"
    yield "Duration", duration(record.wall_seconds)
    yield "Processor", f"{record.cpu_seconds:,.1f} CPU-s"
    if record.elsewhere_cpu_seconds:
        yield "Ray workers elsewhere", f"{record.elsewhere_cpu_seconds:,.1f} CPU-s, not in the figure above"
    yield "Peak memory", f"{record.peak_rss_bytes / _MIB:,.0f} MiB"
    yield "Mean memory", memory(record)
    yield "Read, written", f"{record.read_bytes / _MIB:,.1f} MiB, {record.written_bytes / _MIB:,.1f} MiB"
    if record.network_bytes is not None:
        yield "Network", f"{record.network_bytes / _MIB:,.1f} MiB received and sent"
    if record.gpu_seconds:
        held = "" if record.gpu_peak_bytes is None else f", at most {record.gpu_peak_bytes / _MIB:,.0f} MiB"
        yield "GPU", f"held for {record.gpu_seconds:,.1f} s{held}"
    yield from energy(record)
    yield "Cost", cost(record)
    yield from expected(record)
    yield "Git revision", revision(record)
    if record.machine:
        yield "Machine", record.machine
    yield "Run", record.run


def duration(seconds: float) -> str:
    """Render a time.

    Example:
        >>> duration(83.4)
        '1 min 23 s'
    """
    if seconds < _SECONDS_PER_MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), _SECONDS_PER_MINUTE)
    return f"{minutes} min {rest} s"


def cost(record: RunRecord) -> str:
    """Render dollars with their basis; a price nobody knows is not a price of 0."""
    if record.usd is None:
        return f"no known price of {record.instance}"
    beside = " and of processor time elsewhere" if record.elsewhere_cpu_seconds else ""
    return f"{record.usd:.6f} USD of wall time{beside} on {record.instance}"


def revision(record: RunRecord) -> str:
    """Render where the code stood."""
    if record.git_revision is None:
        return "not in git"
    return f"{record.git_revision[:12]}{', with changes not committed' if record.git_dirty else ''}"


def _failure(record: RunRecord, outcome: Outcome) -> str:
    if record.status == "DONE":
        return ""
    where = f'<a href="#cell-{outcome.cell}">Cell {outcome.cell}</a>: ' if outcome.cell else ""
    source = f"<pre>{escape(outcome.source)}</pre>" if outcome.source else ""
    trace = f'<pre class="error">{ansi_html(outcome.traceback)}</pre>' if outcome.traceback else ""
    return f'<div class="failure"><p><strong>{where}{escape(record.error or "")}</strong></p>{source}{trace}</div>'


def _parameters(record: RunRecord) -> str:
    own = {key: value for key, value in record.params.items() if key.split(".")[0] in {record.stage, *_SECTIONS_OF_ALL}}
    others = {key: value for key, value in record.params.items() if key not in own}
    return _parameter_table("Parameters", own, record) + _parameter_table("Parameters of other stages", others, record)


def _parameter_table(title: str, values: Mapping[str, object], record: RunRecord) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(key)}</code></td><td><code>{escape(json.dumps(value, ensure_ascii=False))}</code></td>"
        f"<td>{escape(record.origins.get(key, ''))}</td></tr>"
        for key, value in values.items()
    )
    from_sources = Counter(record.origins.get(key, "").partition(":")[0] for key in values)
    counts = ", ".join(f"{count} {_FROM.get(source, source)}" for source, count in sorted(from_sources.items()))
    return _table(f"{title}: {counts}", ("Key", "Value", "From"), rows)


def _dependencies(record: RunRecord) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(path)}</code></td><td><code>{escape(digest)}</code></td></tr>"
        for path, digest in record.dependencies.items()
    )
    return _table("Dependencies before the run", ("Path", "SHA-256"), rows)


def _table(title: str, names: Iterable[str], rows: str) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        f'<details><summary>{escape(title)}</summary><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _markdown(text: str) -> str:
    """Take every sign out of text that Markdown or HTML would act on."""
    flat = " ".join(text.split())
    return "".join(f"&#{ord(sign)};" if sign in "\\`*_{}[]<>()#!|&~$" else sign for sign in flat)
