"""The search plan: what a budget bought, so that it can be had again without the clock."""

from __future__ import annotations

import io
from math import fsum
from typing import Literal

import polars as pl
from pydantic import ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from workbench.errors import ModelError, Place
from workbench.model import Pair
from workbench.params.base import Section
from workbench.train.booster import Settings
from workbench.train.folds import FoldScheme

HEADER = """\
# What the training budget bought. As long as data, parameters and code stay the same, training grows exactly these
# boosters again: same models, no clock. Delete this file to search anew.
"""


FORMAT: Literal[6] = 6
FindingKind = Literal["overfitting", "alarm", "seeds", "learning", "nested", "imbalance", "left out"]
CandidateKind = Literal["single", "prefix", "bag", "blend", "baseline"]


BASELINE_BOOSTER = "b00"
"""The first booster: LightGBM's defaults with early stopping, which stays what everything is compared with."""


def seat_name(trial: str, seat: int) -> str:
    """Name the booster of a seat: that of the first, which learns from all rows, is named like the trial."""
    return f"{trial}f{seat}" if seat else trial


def trial_of(booster: str) -> str:
    """Name the trial of a booster.

    Example:
        >>> trial_of("b03f2")
        'b03'
    """
    return booster.partition("f")[0]


def seat_of(booster: str) -> int:
    """Give the seat of a booster.

    Example:
        >>> seat_of("b03f2"), seat_of("b03")
        (2, 0)
    """
    return int(booster.partition("f")[2] or 0)


class Fingerprint(Section):
    """What a plan holds for; any difference means a new search."""

    data: str
    params: str
    code: str
    lightgbm: str


class Record(Section):
    """Figures of a search; one that is undefined, as a metric of rows without a positive one is, is no number."""

    model_config = ConfigDict(allow_inf_nan=True)


class TrialRecord(Record):
    """One configuration that was tried: a booster on all training rows, and one on each fold.

    Attributes:
        booster: Id of the booster on all training rows; those of folds have `f` and a number behind it.
        name: Where the configuration came from.
        seed: Seed of its boosters.
        settings: LightGBM parameters beside the fixed ones.
        pairs: Whether it also saw ratios and products of columns.
        rounds: Rounds grown.
        best_round: Rounds kept.
        segment_rounds: Rounds of each part that several processes grew it in; None where one process grew it.
        loss: Loss on the judged rows.
        validation: The metric that decides, on the validation rows.
        leaders_loss: Loss of the plain mean of the best boosters so far.
        leaders_validation: The metric of that mean on the validation rows.
        seconds: Seconds of the kind the budget counts.
        cpu_seconds: CPU-seconds.
    """

    booster: str
    name: str
    seed: int
    settings: Settings
    pairs: bool = False
    rounds: int
    best_round: int
    segment_rounds: int | None
    loss: float
    validation: float
    leaders_loss: float
    leaders_validation: float
    seconds: float
    cpu_seconds: float


class MemberRecord(Section):
    """One booster of a candidate, cut at so many trees."""

    booster: str
    trees: int = Field(ge=1)
    weight: float


class CandidateRecord(Record):
    """One candidate.

    Attributes:
        id: Its name.
        kind: What it is.
        members: Its boosters.
        loss: Loss on the judged rows; that of a bag is the mean loss of its boosters, which it does not exceed.
        score: What ranks candidates: less is better.
        validation: The metric that decides, on the validation rows.
    """

    id: str
    kind: CandidateKind
    members: tuple[MemberRecord, ...] = Field(min_length=1)
    loss: float
    score: float
    validation: float


class RefitRecord(Section):
    """A booster that was grown once more, on the validation rows too.

    Attributes:
        booster: Its id.
        cpu_seconds: CPU-seconds that took.
    """

    booster: str
    cpu_seconds: float


class Finding(Record):
    """What the search found out about its own result.

    Attributes:
        kind: The question.
        sentence: The answer.
        rows: Its figures, row by row.
    """

    kind: FindingKind
    sentence: str
    rows: tuple[dict[str, float | int | bool | str | None], ...] = ()

    def table(self) -> pl.DataFrame:
        """Give the figures as a frame."""
        return pl.DataFrame(list(self.rows), infer_schema_length=None)


class SearchPlan(Section):
    """What a budget bought.

    Attributes:
        format: Version of this format.
        fingerprint: What it holds for.
        metric: Metric that decided.
        complete: Whether it ended by itself, with all its workers; otherwise it is not replayed.
        stopped: Why it ended.
        folds: How the training rows were dealt into folds; None when the validation rows judged alone.
        seats: Boosters of each trial.
        device: Where the boosters grew.
        device_reason: Why there.
        engine: Whether one process grew the boosters or several together.
        engine_reason: Why so.
        workers: How many; 1 where no cluster could be had.
        pairs: Ratios and products that some of the trials saw beside the columns.
        trials: Every configuration tried.
        findings: What it found out about its own result.
        candidates: Every candidate on offer, best first.
        refits: Boosters that learned from the validation rows too, after these had judged.
    """

    format: Literal[6] = FORMAT
    fingerprint: Fingerprint
    metric: Literal["average_precision", "log_loss", "roc_auc", "accuracy", "rmse", "mae"]
    complete: bool
    stopped: str
    folds: FoldScheme | None
    seats: int = Field(ge=1)
    device: str
    device_reason: str
    engine: Literal["local", "ray"]
    engine_reason: str
    workers: int = Field(ge=1)
    pairs: tuple[Pair, ...] = ()
    trials: tuple[TrialRecord, ...]
    findings: tuple[Finding, ...]
    candidates: tuple[CandidateRecord, ...]
    refits: tuple[RefitRecord, ...] = ()

    @model_validator(mode="after")
    def _pairs_known(self) -> SearchPlan:
        if any(trial.pairs for trial in self.trials) != bool(self.pairs):
            raise ValueError("trials see pairs if and only if the plan names some")
        return self

    def to_yaml(self) -> str:
        """Write as YAML, always the same text for the same plan."""
        out = io.StringIO()
        yaml = YAML(typ="safe", pure=True)
        yaml.default_flow_style = None
        yaml.width = 120
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment] # the stubs know None only
        yaml.dump(self.model_dump(mode="json"), out)
        return HEADER + out.getvalue()

    @classmethod
    def from_yaml(cls, text: str) -> SearchPlan | None:
        """Read what `to_yaml` wrote; None if another version of Workbench did, whose plan holds for its own code.

        Raises:
            ModelError: The text is no search plan.
        """
        try:
            tree = YAML(typ="safe", pure=True).load(text)
            if isinstance(tree, dict) and "fingerprint" in tree and tree.get("format", 1) != FORMAT:
                return None
            return cls.model_validate(tree)
        except YAMLError as error:
            raise ModelError("the search plan is not valid YAML", found=str(error), hint="delete it") from error
        except ValidationError as error:
            detail = error.errors()[0]
            key = ".".join(str(part) for part in detail["loc"])
            raise ModelError(
                f"the search plan is damaged: {detail['msg']}", place=Place(key=key), hint="delete it"
            ) from error

    def holds(self, fingerprint: Fingerprint, device: str) -> bool:
        """Say whether it answers the same question, on the same kind of device, to its end."""
        return self.complete and (self.fingerprint, self.device) == (fingerprint, device)

    def boosters(self) -> set[str]:
        """Name every booster of a candidate."""
        return {member.booster for candidate in self.candidates for member in candidate.members}

    def cpu_seconds(self, boosters: set[str]) -> float:
        """Add up what growing these boosters took; the boosters of a trial are taken to have cost the same."""
        seats = self.seats
        trials = {trial.booster: trial.cpu_seconds for trial in self.trials}
        again = {refit.booster: refit.cpu_seconds for refit in self.refits}
        seconds = (trials[trial_of(booster)] / seats + again.get(booster, 0.0) for booster in boosters)
        return fsum(seconds)  # the same in whatever order
