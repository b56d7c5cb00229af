from __future__ import annotations

import io
import json
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stages.conftest import Project, commit
from workbench.stages.console import Console
from workbench.stages.outputs import CellOutput

FLOODS = {
    "one text of 200 MB": "print('x' * 200_000_000)",
    "200 MB in pieces": "import sys\nfor _ in range(2_000):\n    sys.stdout.write('y' * 99_999 + '\\n')",
    "a million lines": "for i in range(1_000_000):\n    print(i)",
    "twenty thousand messages": "import sys\nfor i in range(20_000):\n    print(i, flush=True)",
    "twenty thousand displays": "from IPython.display import display\nfor i in range(20_000):\n    display(i)",
    "one display of 50 MB": "from IPython.display import HTML\nHTML('z' * 50_000_000)",
    "an error of 50 MB": "import sys\nprint(ValueError('e' * 50_000_000), file=sys.stderr)",
    "a progress bar": "for i in range(300_000):\n    print(f'\\r{i:9d} of 300000', end='')",
}


@pytest.mark.slow
def test_floods_are_cut_noted_and_cost_no_memory(project: Project) -> None:
    project.params(deadline=300, output=100_000)
    floods = [cell for code in FLOODS.values() for cell in (code, "print('after')")]
    project.write("a", *floods, commit("a"))
    runner = project.start("a")
    out, error = runner.communicate(timeout=300)
    assert runner.returncode == 0, error
    assert len(out) < 1_000_000
    assert project.last().peak_rss_bytes < 2.5 * 2**30
    cells = json.loads(project.report("a", "ipynb"))["cells"][1:]
    for number, name in enumerate(FLOODS):
        flood, after = cells[2 * number], cells[2 * number + 1]
        assert after["outputs"][0]["text"] == ["after\n"], name
        assert "left out" in json.dumps(flood) or "299999 of 300000" in json.dumps(flood), name
        assert len(json.dumps(flood)) < 300_000, name
    assert len(project.report("a")) < 3_000_000


def test_what_is_printed_appears_while_the_cell_runs(project: Project) -> None:
    project.write("a", "import time\nprint('early', flush=True)\ntime.sleep(2)\nprint('late')", commit("a"))
    runner = project.start("a")
    assert runner.stdout is not None
    seen = []
    while "early\n" not in seen:
        seen.append(runner.stdout.readline())
        assert seen[-1], seen
    assert runner.poll() is None
    assert seen[0].startswith("[1/2] import time")
    rest, _ = runner.communicate(timeout=60)
    assert "late\n[1/2] 2." in rest
    assert "[2/2] from workbench import artifacts\na DONE: " in rest


def test_colours_of_a_cell_do_not_reach_a_file(project: Project) -> None:
    project.write("a", "print('\\x1b[31mred\\x1b[0m')", commit("a"))
    out, _ = project.start("a").communicate(timeout=60)
    assert "red\n" in out
    assert "\x1b" not in out
    assert '<span class="ansi-red">red</span>' in project.report("a")


class Pipe(io.StringIO):
    """A stream that is no terminal."""

    encoding = "utf-8"


@given(st.lists(st.text(st.sampled_from("ab\r\n"), max_size=6)))
def test_a_log_file_shows_only_what_carriage_returns_leave(parts: list[str]) -> None:
    stream = Pipe()
    console = Console(stream)
    for part in parts:
        console.text(part, "stdout")
    console.line("end")
    lines = stream.getvalue().splitlines()
    assert lines[-1] == "end"
    assert stream.getvalue().count("\n") <= "".join(parts).count("\n") + 2
    progress = Pipe()
    bar = Console(progress)
    for number in range(10):
        bar.text(f"\r{number} of 9", "stderr")
    bar.line("end")
    assert progress.getvalue() == "9 of 9\nend\n"


def stream(name: str) -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": ""}


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(max_size=30))), st.integers(1, 200))
def test_text_is_kept_in_order_up_to_the_limit(parts: list[tuple[str, str]], limit: int) -> None:
    kept, outputs = CellOutput(limit), []
    shown = [kept.add_text(outputs, stream(name), text.replace("\r", "")) for name, text in parts]
    kept.close(outputs)
    total = sum(len(text.replace("\r", "").encode(errors="surrogatepass")) for _, text in parts)
    joined = "".join(output["text"] for output in outputs)
    assert joined == "".join(shown)
    assert len(joined.encode()) == kept.kept_bytes <= limit
    assert kept.kept_bytes + kept.dropped_bytes == total
    assert bool(kept.note()) == bool(kept.dropped_bytes)
    assert all(a["name"] != b["name"] for a, b in pairwise(outputs))


def test_what_was_cleared_is_not_found_in_what_comes_after() -> None:
    kept, outputs = CellOutput(100_000), []
    for step in range(100):
        kept.add_text(outputs, stream("stdout"), f"step {step}")
        outputs.clear()  # as clear_output does; what comes next may lie where that was
        outputs.append({"output_type": "display_data", "data": {"text/plain": str(step)}})
        kept.add_text(outputs, stream("stdout"), "after")
    kept.close(outputs)
    assert [output.get("text") for output in outputs] == [None, "after"]


def test_a_progress_bar_does_not_use_up_the_limit() -> None:
    kept, outputs = CellOutput(70_000), []
    for number in range(100_000):
        kept.add_text(outputs, stream("stderr"), f"\r{number:20d}")
    kept.close(outputs)
    assert outputs[0]["text"].strip() == "99999"
    assert kept.dropped_bytes == 0


def test_a_display_too_large_is_named() -> None:
    kept = CellOutput(1_000)
    assert kept.bounded({"text/plain": "x" * 500}) == {"text/plain": "x" * 500}
    note = kept.bounded({"text/html": "x" * 600, "text/plain": "y"})
    assert list(note or {}) == ["text/plain"]
    assert "701 bytes of text/html, text/plain were left out" in str(note)
    assert kept.bounded({"text/html": "x" * 600}) is None
    assert sys.getsizeof(kept.bounded_traceback(["z" * 1_000_000])[0]) < 3_000


def test_no_output_within_the_limit_is_lost_when_it_comes_faster_than_it_is_read(project: Project) -> None:
    project.params(output=50_000_000)
    project.write("a", "from IPython.display import display\nfor i in range(6_000):\n    display(i)", commit("a"))
    project.run("a")
    shown = json.loads(project.report("a", "ipynb"))["cells"][1]["outputs"]
    assert [int(output["data"]["text/plain"][0]) for output in shown] == list(range(6_000))
