"""Profiles that were measured before: a model whose bytes were measured on this machine is not measured again.

Times measured twice differ, by a few hundredths on a quiet machine and by half on a busy one, and dollars follow them.
What a profile depends on stands beside it (see `basis`). Where all of that is as it was, the profile of then is the
profile; anything else among it, and the model is measured.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.apart import measure_all
from workbench.cost.basis import Basis, bases
from workbench.cost.metering.host import machine
from workbench.cost.profiling import SECONDS, Measurement, ScoringProfile, profile_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.model import Model

MOST_KEPT = 1_000
"""Profiles that are kept, those of models that are gone included: a search that is taken back finds its own again."""


@dataclass(frozen=True)
class Found:
    """The profile of a candidate and where it comes from.

    Attributes:
        basis: What it depends on.
        measurement: The profile, and how quiet the machine was.
        measured_at: When it was measured, ISO 8601 UTC.
        why: Why it was measured now; empty where it was kept.
    """

    basis: Basis
    measurement: Measurement
    measured_at: str
    why: str = ""


_FIELDS = {field.name: pl.Int64 if field.type == "int" else pl.String for field in fields(Basis)}
_FIGURES = {field.name: pl.Int64 if field.type == "int" else pl.Float64 for field in fields(ScoringProfile)}
_SCHEMA = pl.Schema({**_FIELDS, **_FIGURES, "wall_per_cpu": pl.Float64, "spread": pl.Float64, "measured_at": pl.String})
_WHY = {
    "model_sha256": "never measured before",
    "rows_sha256": "measured on other rows before",
    "code_sha256": "measured by other code before",
    "machine": "measured on another machine before",
    "scoring_threads": "measured with other threads before",
    "versions": "measured with other versions before",
}


def profiles(
    models: Mapping[str, Model],
    frame: pl.DataFrame,
    former: pl.DataFrame | None,
    *,
    anew: bool = False,
    seconds: float = SECONDS,
) -> Iterator[tuple[str, Found]]:
    """Give the profile of every model, measured where it was not measured before.

    Args:
        models: The models by id.
        frame: Rows to score.
        former: What `to_keep` gave the last time; None where there is nothing.
        anew: Whether all are measured, also those that were before.
        seconds: Time to spend on each that is measured.

    Yields:
        Each id with its profile: those kept at once, the others as they are done.

    Raises:
        ModelError: There are no rows, or the measuring process died.
    """
    known = _known(former)
    rest: dict[Basis, list[str]] = {}
    for name, basis in bases(models, frame).items():
        if basis in known and not anew:
            yield name, known[basis]
        else:
            rest.setdefault(basis, []).append(name)
    by_first = {names[0]: (basis, names) for basis, names in rest.items()}
    measured = measure_all({name: models[name] for name in by_first}, frame, seconds=seconds) if by_first else ()
    for first, measurement in measured:
        basis, names = by_first[first]
        at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        found = Found(basis, measurement, at, "asked for" if anew else _why(basis, known))
        yield from ((name, found) for name in names)


def figures(found: Mapping[str, Found]) -> pl.DataFrame:
    """Lay the profiles out as a table, one row per candidate."""
    return profile_table({name: one.measurement.profile for name, one in found.items()})


def to_keep(found: Mapping[str, Found], former: pl.DataFrame | None) -> pl.DataFrame:
    """Give what to keep for the next time: these profiles and those of before, the newest of each, not too many."""
    known = _known(former) | {one.basis: one for one in found.values()}
    newest = sorted(known.values(), key=lambda one: one.measured_at, reverse=True)[:MOST_KEPT]
    return pl.DataFrame([_row(one) for one in newest], schema=_SCHEMA).sort(pl.all())


def told(found: Mapping[str, Found]) -> str:
    """Say from when the profiles are, why some were measured now, and which a busy machine may have slowed."""
    kept = [one for one in found.values() if not one.why]
    lines = [f"Measured on {machine()}, one thread."]
    if kept:
        first, last = (_moment(pick(one.measured_at for one in kept)) for pick in (min, max))
        span = f"of {first}" if first == last else f"from {first} to {last}"
        lines.append(f"{_profiles(len(kept))} {span}: same models, rows, code and machine.")
    for why in dict.fromkeys(one.why for one in found.values() if one.why):
        names = [name for name, one in found.items() if one.why == why]
        lines.append(f"{_profiles(len(names))} measured now ({why}): {', '.join(names)}.")
    busy = {name: one.measurement for name, one in found.items() if one.measurement.is_disturbed}
    if busy:
        lines.append(
            f"The machine was busy at the time, and figures may be those of a slower one: {_unrest(busy)}. "
            "`workbench run cost --set cost.profiles=anew` measures again."
        )
    return "\n".join(lines)


def _known(former: pl.DataFrame | None) -> dict[Basis, Found]:
    """Read what was kept; a table of another form, by an earlier version, holds nothing."""
    if former is None or former.schema != _SCHEMA:
        return {}
    found = (_found(row) for row in former.sort("measured_at").iter_rows(named=True))
    return {one.basis: one for one in found}


def _found(row: Mapping[str, object]) -> Found:
    basis = Basis(**{name: row[name] for name in _FIELDS})  # type: ignore[arg-type]  # as the schema says
    profile = ScoringProfile(**{name: row[name] for name in _FIGURES})  # type: ignore[arg-type]  # as above
    measurement = Measurement(profile, row["wall_per_cpu"], row["spread"])  # type: ignore[arg-type]  # as above
    return Found(basis, measurement, str(row["measured_at"]))


def _row(one: Found) -> dict[str, object]:
    measurement = one.measurement
    extent = {"wall_per_cpu": measurement.wall_per_cpu, "spread": measurement.spread, "measured_at": one.measured_at}
    return asdict(one.basis) | asdict(measurement.profile) | extent


def _why(basis: Basis, known: Mapping[Basis, Found]) -> str:
    """Name the first thing that differs from the most alike of what was measured of the same model."""
    same = [other for other in known if other.model_sha256 == basis.model_sha256]
    unlike = [[name for name in _FIELDS if getattr(other, name) != getattr(basis, name)] for other in same]
    return _WHY[min(unlike, key=len)[0]] if unlike else _WHY["model_sha256"]


def _unrest(busy: Mapping[str, Measurement]) -> str:
    """Give the candidates, the worst first, with the sign."""
    worst = sorted(busy.items(), key=lambda item: item[1].unrest, reverse=True)
    return ", ".join(f"{name} ({_sign(one)})" for name, one in worst)


def _sign(one: Measurement) -> str:
    if one.wall_per_cpu >= one.spread:
        return f"{one.wall_per_cpu:.1f} s on the clock for a second of work"
    return f"rounds {one.spread - 1:.0%} apart"


def _profiles(count: int) -> str:
    return f"{count} profile{'' if count == 1 else 's'}"


def _moment(text: str) -> str:
    return f"{dt.datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
