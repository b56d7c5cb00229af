"""Segments, shards and stopping: the arithmetic beneath, without any process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.train.distributed.tables import ROWS, job, table
from workbench.model.boosters import load_booster
from workbench.model.encode import encode
from workbench.train.distributed.checkpoint import Checkpoints, Segment
from workbench.train.distributed.course import course
from workbench.train.distributed.shards import Span, deal, row_groups, sample_mask
from workbench.train.distributed.texts import joined, seeded
from workbench.train.distributed.training import Order, drive

if TYPE_CHECKING:
    from pathlib import Path

sizes = st.lists(st.integers(1, 500), min_size=1, max_size=20)


@given(sizes, st.integers(1, 8))
def test_every_row_is_dealt_once_and_in_order(groups: list[int], workers: int) -> None:
    spans, start = [], 0
    for rows in groups:
        spans.append(Span("a", start, rows))
        start += rows
    dealt = [
        row
        for shard in deal(spans, workers)
        for span in shard.spans
        for row in range(span.first, span.first + span.rows)
    ]
    assert dealt == list(range(start))


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(0, 5000))
def test_the_sample_does_not_depend_on_who_holds_the_rows(total: int, wanted: int, cut: int) -> None:
    cut = min(cut, total)
    whole = sample_mask(0, total, total, wanted)
    parts = np.concatenate([sample_mask(0, cut, total, wanted), sample_mask(cut, total - cut, total, wanted)])
    assert (whole == parts).all()


@given(st.lists(st.floats(0, 10), min_size=1, max_size=60), st.integers(1, 10), st.integers(1, 60))
def test_the_end_does_not_depend_on_how_the_losses_arrive(losses: list[float], patience: int, rounds: int) -> None:
    whole = course(losses, patience, rounds)
    for known in range(1, len(losses) + 1):
        part = course(losses[:known], patience, rounds)
        if part.ended:
            assert part == whole
            return
    assert not whole.ended


def test_every_segment_draws_its_own_numbers() -> None:
    first, second = (seeded({"bagging_seed": 3, "num_leaves": 7}, 0, segment) for segment in (0, 1))
    assert first["seed"] != second["seed"]
    assert first["bagging_seed"] != second["bagging_seed"]
    assert first["num_leaves"] == second["num_leaves"]


def test_a_model_of_joined_segments_scores_as_their_sum(tmp_path: Path) -> None:
    work = job(tmp_path, rounds=25)
    trained = drive(Order(work, tmp_path / "kept"))
    values = encode(work.features, table(500, 2)).values
    texts = [path.read_text().partition("\n")[2] for path in sorted((tmp_path / "kept").glob("segment-*"))]
    summed = sum(load_booster(text).predict(values, raw_score=True) for text in texts)
    whole = load_booster(joined(texts, 25)).predict(values, raw_score=True)
    assert np.allclose(whole, summed, rtol=0, atol=1e-12)
    assert trained.train_rows == ROWS


def test_a_flipped_bit_in_a_checkpoint_is_not_resumed_from(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path, "f")
    for number in range(3):
        kept.keep(number, Segment(f"trees {number}\n", (0.5,), 2, 10))
    path = tmp_path / "segment-00001.txt"
    whole = path.read_bytes()
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 4]) + whole[position + 1 :])
        assert len(kept.read()) == 1
    path.write_bytes(whole)
    assert len(kept.read()) == 3
    assert Checkpoints(tmp_path, "other").read() == []


def test_a_stopped_run_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    work = job(tmp_path)
    whole = drive(Order(work, tmp_path / "whole"))
    turns = iter([True, False])
    part = drive(Order(work, tmp_path / "part"), may_go_on=lambda: next(turns))
    assert part.interrupted
    rest = drive(Order(work, tmp_path / "part"))
    assert (rest.sha256, rest.resumed_rounds) == (whole.sha256, 20)


def test_row_groups_cover_the_file(tmp_path: Path) -> None:
    work = job(tmp_path)
    assert sum(span.rows for span in row_groups(work.train)) == ROWS
