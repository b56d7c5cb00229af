"""Decision files and sign-offs: numbers, digests, git, and what damaged or foreign files do."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.payloads import PAYLOADS
from workbench import artifacts
from workbench.artifacts.decisiontext import slug
from workbench.artifacts.git import signature_of
from workbench.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

KEY_NEEDED = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen makes the keys")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text("ingest: {}\n", encoding="utf-8")
    return tmp_path


def record(candidate: str = "b01", **more: object) -> dict[str, object]:
    return {"candidate": candidate, "threshold": 0.3, "usd_per_month": 10.5, "who": "Ada", "because": "it pays"} | more


def write(project: Path, candidate: str = "b01", **more: object) -> Path:
    with artifacts.decision_lock(project) as root:
        return artifacts.write_decision(record(candidate, **more), root)


def sign(project: Path, kind: str, who: str, **more: object) -> Path:
    with artifacts.decision_lock(project) as root:
        return artifacts.write_mark(root, artifacts.read_decisions(root).find("1"), kind, who, **more)


def git(project: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(["git", *settings, *arguments], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_numbers_count_up_from_the_highest(project: Path) -> None:
    assert [write(project, name).name for name in ("b01", "b02@40")] == ["0001-b01.yaml", "0002-b02-40.yaml"]
    (project / "decisions" / "0041-old.yaml").write_text("candidate: x\n", encoding="utf-8")
    (project / "decisions" / "current.json").write_text("{}", encoding="utf-8")
    assert write(project).name == "0042-b01.yaml"
    log = artifacts.read_decisions(project)
    assert [one.number for one in log.decisions] == [1, 2, 41, 42]
    assert log.problems == ()
    assert (log.find("2").candidate, log.find("0042-b01").threshold) == ("b02@40", 0.3)


@given(text=st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=80)))
def test_a_name_is_one_portable_file_name(text: str) -> None:
    name = slug(text, "candidate")
    assert name
    assert len(name) <= 62
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not name.startswith((".", "-"))


@pytest.mark.parametrize(
    "text", [*PAYLOADS[:12], "no", "1e3", "0x1F", "2026-11-25", "- a: b", "null", "\u2028", "a\n\nb: c"]
)
def test_every_text_comes_back_as_it_was(project: Path, text: str) -> None:
    clean = "".join(c for c in text if c == "\n" or c.isprintable()).strip() or "x"
    write(project, clean, who=clean, because=clean)
    sign(project, "object", clean, because=clean)
    (one,) = artifacts.read_decisions(project).decisions
    assert (one.candidate, one.who, one.because) == (clean, clean, clean)
    assert (one.marks[0].who, one.marks[0].because) == (clean, clean)


def test_files_of_the_old_form_are_read(project: Path) -> None:
    text = "candidate: b01\nthreshold: 0.4\nwho: Ada\nwhy: |\n  it paid\nevidence:\n  usd_per_month: 12.5\n"
    (project / "decisions").mkdir()
    (project / "decisions" / "2026-11-24-b01.yaml").write_text(text, encoding="utf-8")
    write(project)
    old, new = artifacts.read_decisions(project).decisions
    assert (old.number, old.because, old.usd_per_month, old.name) == (None, "it paid", 12.5, "2026-11-24-b01")
    assert new.name == "0001-b01", "an old file has no number to count from"
    with artifacts.decision_lock(project) as root:
        artifacts.write_mark(root, old, "approve", "Di")
    assert [mark.who for mark in artifacts.read_decisions(project).find("2026-11-24-b01").marks] == ["Di"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("candidate: [", "not valid YAML"),
        ("- a\n", "not a mapping"),
        ("who: Ada\n", "names no candidate"),
        ("candidate: !!python/object:os.system x\n", "tags are not supported"),
        ("<<<<<<< HEAD\ncandidate: a\n=======\ncandidate: b\n>>>>>>> other\n", "two branches wrote this decision"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_not_the_end(project: Path, text: str, said: str) -> None:
    write(project)
    (project / "decisions" / "0002-bad.yaml").write_text(text, encoding="utf-8")
    log = artifacts.read_decisions(project)
    assert [one.name for one in log.decisions] == ["0001-b01"]
    assert said in log.problems[0]
    assert "decisions/0002-bad.yaml" in log.problems[0]
    assert write(project).name == "0003-b01.yaml"


def test_a_sign_off_holds_the_digest_of_what_it_signs(project: Path) -> None:
    path = write(project)
    sign(project, "approve", "Di", because="read it")
    (mark,) = artifacts.read_decisions(project).find("1").marks
    assert (mark.kind, mark.who, mark.because) == ("approve", "Di", "read it")
    assert mark.sha256 == artifacts.read_decisions(project).find("1").sha256
    path.write_text(path.read_text().replace("0.3", "0.4"), encoding="utf-8")
    assert mark.sha256 != artifacts.read_decisions(project).find("1").sha256


def test_line_ends_that_git_changed_keep_the_signature(project: Path) -> None:
    path = write(project)
    before = artifacts.read_decisions(project).find("1").sha256
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert artifacts.read_decisions(project).find("1").sha256 == before


def test_a_person_signs_again_in_place_and_objects_anew(project: Path) -> None:
    write(project)
    assert sign(project, "approve", "Di") == sign(project, "approve", "Di")
    assert sign(project, "approve", "D-i").name == "approve-D-i.yaml"
    assert sign(project, "approve", "D i").name == "approve-D-i-2.yaml", "another person's file is never replaced"
    assert sign(project, "object", "Di", because="a") != sign(project, "object", "Di", because="b")


def test_evidence_stays_beside_the_objection_and_is_watched(project: Path) -> None:
    write(project)
    (project / "plot.yaml").write_text("a plot", encoding="utf-8")
    sign(project, "object", "Zoe", because="look", evidence=project / "plot.yaml")
    (mark,) = artifacts.read_decisions(project).find("1").marks
    (name,) = mark.evidence
    assert mark.damaged == ()
    kept = project / "decisions" / "0001-b01" / name
    assert kept.read_text() == "a plot"
    kept.write_text("another plot", encoding="utf-8")
    assert artifacts.read_decisions(project).find("1").marks[0].damaged == (name,)
    with pytest.raises(UsageError, match="cannot read the evidence"):
        sign(project, "object", "Zoe", because="look", evidence=project / "none.png")


def test_a_number_that_two_branches_took_is_explained_and_renumbering_keeps_the_sign_offs(project: Path) -> None:
    git(project, "init", "-qb", "main")
    git(project, "add", "params.yaml")
    git(project, "commit", "-qm", "start")
    for branch, candidate in (("one", "b01"), ("two", "b02")):
        git(project, "switch", "-qc", branch, "main")
        write(project, candidate)
        sign(project, "approve", "Di")
        git(project, "add", "decisions")
        git(project, "commit", "-qm", branch)
    git(project, "merge", "-q", "--no-edit", "one")
    log = artifacts.read_decisions(project)
    assert [one.name for one in log.decisions] == ["0001-b01", "0001-b02"]
    (problem,) = log.problems
    assert "two branches took the number 0001: 0001-b01 and 0001-b02" in problem
    with pytest.raises(UsageError, match=r"2 decisions have this number.*one of 0001-b01, 0001-b02"):
        log.find("1")
    assert write(project, "b03").name == "0002-b03.yaml", "the next number is free all the same"
    (project / "decisions" / "0002-b03.yaml").unlink()
    before = log.find("0001-b02")
    for command in problem.partition("counting: ")[2].split(" && "):
        git(project, *command.split()[1:])
    log = artifacts.read_decisions(project)
    assert log.problems == ()
    after = log.find("2")
    assert (after.sha256, after.marks[0].sha256) == (before.sha256, before.sha256)


@KEY_NEEDED
def test_who_signed_the_commit_of_a_sign_off(project: Path) -> None:
    for who in ("di", "eve"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", project / who], check=True)
    (project / "allowed").write_text(f"di@example.org {(project / 'di.pub').read_text()}", encoding="utf-8")
    git(project, "init", "-qb", "main")
    git(project, "config", "gpg.format", "ssh")
    git(project, "config", "gpg.ssh.allowedSignersFile", str(project / "allowed"))
    git(project, "add", "params.yaml")
    git(project, "commit", "-qm", "start")
    write(project)
    path = sign(project, "approve", "Di").relative_to(project).as_posix()
    assert signature_of(path, project).problem == "it is not committed"
    git(project, "add", "decisions")
    git(project, "commit", "-qm", "not signed")
    assert signature_of(path, project).problem == "it is not signed"

    def committed_with(key: str) -> artifacts.Signature:
        sign(project, "approve", "Di", because=f"by {key}")
        git(project, "-c", f"user.signingkey={project / key}", "commit", "-q", "-S", "-am", key)
        return artifacts.read_decisions(project, signatures=True).find("1").marks[0].signature

    good = committed_with("di")
    assert (good.good, good.signer) == (True, "di@example.org")
    stranger = committed_with("eve")
    assert not stranger.good
    assert "does not know whose key it is" in stranger.problem
    assert committed_with("di").good
    (project / path).write_text((project / path).read_text() + "# changed\n", encoding="utf-8")
    assert signature_of(path, project).problem == "it is not committed"
    assert artifacts.read_decisions(project).find("1").marks[0].signature is None, "git is asked only on request"
