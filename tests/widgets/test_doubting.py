"""How sure the gap to the runner-up is: from Python, from the kernel when asked, and as saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.widgets import cases
from workbench.decide import error_draws, gap
from workbench.evaluate import error_rates
from workbench.widgets import Explorer
from workbench.widgets.doubting import answer_gap
from workbench.widgets.page import script
from workbench.widgets.state import inert_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.widgets.conftest import Watched
    from workbench.decide import Gap

ROWS = 600
NAMES = cases.names(12)


def judged(spread: float = 0.4) -> tuple[pl.DataFrame, Explorer]:
    """Give predictions of candidates, and an explorer of their rates of error."""
    rng = np.random.default_rng(3)
    labels = (rng.uniform(size=ROWS) < 0.3).astype(float)
    scored = {
        name: 1 / (1 + np.exp(1.5 - 2 * labels - rng.normal(size=ROWS) - spread * rng.normal())) for name in NAMES
    }
    rates = pl.concat(
        error_rates("binary", labels, values).select(
            pl.lit(name).alias("id"), pl.lit("validation").alias("split"), pl.all()
        )
        for name, values in scored.items()
    )
    predictions = pl.DataFrame({"split": "validation", "row": np.arange(ROWS), "label": labels, **scored})
    return predictions, Explorer(cases.candidates(NAMES), rates, cases.roles(), cases.cost(), cases.decide(None))


def test_the_gap_is_that_of_decide() -> None:
    predictions, explorer = judged()
    assert explorer.gap() is None
    explorer.judge(predictions)
    found = explorer.gap()
    assert found is not None
    decision = explorer.decision()
    two = decision.table.filter(pl.col("id").is_in([decision.candidate, decision.runner_up]))
    scored = {name: predictions[name].to_numpy() for name in NAMES}
    drawn = error_draws(two, predictions["label"].to_numpy(), scored, explorer._cost, "binary")
    assert found == gap(two, drawn, decision.candidate, decision.runner_up)
    assert found.low < found.usd_per_month < found.high
    explorer.threshold = 0.4
    assert explorer.gap() is None


def test_without_predictions_of_the_runner_up_there_is_no_gap() -> None:
    predictions, explorer = judged()
    runner_up = explorer.decision().runner_up
    explorer.judge(predictions.drop(str(runner_up)))
    assert explorer.gap() is None


def test_the_kernel_answers_the_question_that_was_asked() -> None:
    predictions, explorer = judged()
    explorer.judge(predictions)
    asked: list[Mapping[str, object]] = []

    def find(settings: Mapping[str, object]) -> Gap | None:
        asked.append(settings)
        return explorer._gap({**explorer.settings, **settings})

    reply = answer_gap({"kind": "gap", "asked": 7, "settings": {"false_negative": 5.0}}, find)
    assert reply is not None
    assert (reply["kind"], reply["asked"], asked) == ("gap", 7, [{"false_negative": 5.0}])
    explorer.false_negative = 5.0
    found = explorer.gap()
    assert found is not None
    assert reply["gap"]["usd_per_month"] == found.usd_per_month
    assert answer_gap({"kind": "gap", "asked": 8, "settings": {"latency_p99_ms": 1e-9}}, find)["gap"] is None
    assert answer_gap({"kind": "preview", "settings": {}}, find) is None


@pytest.mark.browser
def test_a_saved_gap_is_shown_while_it_holds(watched: Watched) -> None:
    predictions, explorer = judged()
    explorer.judge(predictions)
    watched.page.set_content(explorer.html())
    reasons = watched.page.locator(".wb-reasons")
    said = "interval, the same rows drawn again"
    assert said in reasons.inner_text()
    field = watched.page.locator("input[name=false_negative][type=text]")
    before = field.input_value()
    field.fill("0.5")
    assert said not in reasons.inner_text()
    field.fill(before)
    assert said in reasons.inner_text()


@pytest.mark.browser
def test_the_page_asks_once_the_hand_rests_and_takes_no_late_answer(watched: Watched) -> None:
    predictions, explorer = judged()
    explorer.judge(predictions)
    state = inert_json({**explorer.saved(), "gap": None})
    watched.page.set_content(
        f'<script id="state" type="application/json">{state}</script><div></div>'
        f'<script type="module">{script()}\nwindow.lab = {{ Explorer }};</script>'
    )
    watched.page.wait_for_function("window.lab")
    found = explorer.gap()
    assert found is not None
    seen = watched.page.evaluate(
        """async (gap) => {
          const values = { state: JSON.parse(document.getElementById("state").textContent), settings: {} };
          const [heard, sent] = [{}, []];
          const model = {
            get: (name) => values[name], on: (event, call) => { heard[event] = call; }, off() {}, save_changes() {},
            set: (name, value) => { values[name] = value; }, send: (message) => sent.push(message),
          };
          const explorer = new lab.Explorer(model, document.querySelector("div"));
          const wait = (ms) => new Promise((done) => setTimeout(done, ms));
          const said = () => explorer.reasons.textContent.includes("drawn again");
          const stated = explorer.settings.false_negative;
          explorer.set({ false_negative: 0.5 });
          explorer.set({ false_negative: stated });
          await wait(900);
          const [question] = sent;
          explorer.doubt.answered({ kind: "gap", asked: question.asked - 1, gap });
          const late = said();
          heard["msg:custom"]({ kind: "gap", asked: question.asked, gap });
          const now = said();
          explorer.set({ false_negative: 0.5 });
          return [sent.length, question.kind, question.settings.false_negative === stated, late, now, said()];
        }""",
        {
            "candidate": found.candidate,
            "runner_up": found.runner_up,
            "usd_per_month": found.usd_per_month,
            "low": found.low,
            "high": found.high,
            "confidence": found.confidence,
        },
    )
    assert seen == [1, "gap", True, False, True, False]
