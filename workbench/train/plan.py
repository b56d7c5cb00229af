"""The search plan: what a budget bought, so that it can be had again without the clock."""

from __future__ import annotations

import io
from typing import Literal

from pydantic import Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from workbench.errors import ModelError, Place
from workbench.params.base import Section
from workbench.train.booster import Settings

HEADER = """\
# What the training budget bought. As long as data, parameters and code stay the same, training grows exactly these
# boosters again: same models, no clock. Delete this file to search anew.
"""


class Fingerprint(Section):
    """What a plan holds for; any difference means a new search."""

    data: str
    params: str
    code: str
    lightgbm: str


class TrialRecord(Section):
    """One booster that was grown."""

    booster: str
    name: str
    seed: int
    settings: Settings
    rounds: int
    best_round: int
    loss: float
    validation: float
    cpu_seconds: float


class MemberRecord(Section):
    """One booster of a candidate, cut at so many trees."""

    booster: str
    trees: int = Field(ge=1)
    weight: float


class CandidateRecord(Section):
    """One candidate."""

    id: str
    kind: Literal["single", "prefix", "blend", "baseline"]
    members: tuple[MemberRecord, ...] = Field(min_length=1)
    loss: float
    validation: float


class SearchPlan(Section):
    """What a budget bought.

    Attributes:
        fingerprint: What it holds for.
        metric: Metric that decided.
        complete: Whether the budget was spent; a search stopped by hand is not replayed.
        trials: Every booster grown.
        candidates: Every candidate on offer, best first.
    """

    fingerprint: Fingerprint
    metric: Literal["average_precision", "log_loss", "roc_auc", "accuracy", "rmse", "mae"]
    complete: bool
    trials: tuple[TrialRecord, ...]
    candidates: tuple[CandidateRecord, ...]

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
    def from_yaml(cls, text: str) -> SearchPlan:
        """Read what `to_yaml` wrote.

        Raises:
            ModelError: The text is no search plan.
        """
        try:
            return cls.model_validate(YAML(typ="safe", pure=True).load(text))
        except YAMLError as error:
            raise ModelError("the search plan is not valid YAML", found=str(error), hint="delete it") from error
        except ValidationError as error:
            detail = error.errors()[0]
            key = ".".join(str(part) for part in detail["loc"])
            raise ModelError(
                f"the search plan is damaged: {detail['msg']}", place=Place(key=key), hint="delete it"
            ) from error

    def cpu_seconds(self, boosters: set[str]) -> float:
        """Add up what growing these boosters took."""
        return sum(trial.cpu_seconds for trial in self.trials if trial.booster in boosters)
