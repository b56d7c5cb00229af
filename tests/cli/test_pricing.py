"""`workbench prices` and `workbench prices update` as a shell sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .test_contract import read_json, workbench

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = """\
InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone,Arch
m7i.large,,,2.0,8.0,,0.1008,0.0400,us-east-1,use1-az1,x86_64
m7i.large,,,2.0,8.0,,0.1008,0.0420,us-east-1,use1-az2,x86_64
m7i.large,,,2.0,8.0,,0.1008,0.0122,us-east-1,use1-atl2-az1,x86_64
"""
UPDATE = ("prices", "update", "--from", "vms.csv", "--as-of", "2026-11-20")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text("ingest:\n  sources: {a: {path: a.csv}}\n  table: a\n  target: y\n")
    (tmp_path / "vms.csv").write_text(CATALOGUE, encoding="utf-8")
    return tmp_path


def test_prices_are_shown_with_their_days_and_stale_ones_warn(project: Path) -> None:
    for command in (("prices", "m7i.large"), ("prices", "show", "m7i.large")):
        done = workbench(project, *command)
        assert done.returncode == 0, done.stderr
        assert "2026-07-20" in done.stdout
        assert "undated" in done.stdout
        assert (
            "1 spot prices from skypilot-org/skypilot-catalog catalogs/v8/aws/vms.csv are of an unknown day"
            in done.stderr
        )
    tree = read_json(project, "prices", "m7i.large")
    assert {row["instance"] for row in tree["prices"]} == {"aws/us-east-1/m7i.large"}
    assert any("spot" in warning for warning in tree["warnings"])
    assert tree["prices"][0]["as_of"] == "2026-07-20"


def test_the_help_names_both_ways(project: Path) -> None:
    done = workbench(project, "prices", "--help")
    assert "workbench prices [MATCH]" in done.stdout
    assert "update" in done.stdout
    assert "prices" in workbench(project, "--help").stdout


def test_the_example_of_own_hardware_is_priced_when_asked_for_by_name(project: Path) -> None:
    assert read_json(project, "prices", "local/here/workstation")["prices"][0]["on_demand_usd_per_hour"] > 0
    assert not [row for row in read_json(project, "prices")["prices"] if row["cloud"] == "local"]


def test_an_update_is_shown_written_and_then_in_force(project: Path) -> None:
    shown = workbench(project, *UPDATE, "--dry-run")
    assert "+3.5" in shown.stdout
    assert "left out: 1 rows of local zones" in shown.stdout
    assert not (project / "prices.yaml").exists()
    tree = read_json(project, *UPDATE)
    assert tree["written"] is True
    assert tree["changes"] == [
        {
            "instance": "aws/us-east-1/m7i.large",
            "option": "spot",
            "old_usd_per_hour": 0.0396,
            "new_usd_per_hour": 0.041,
            "per_cent": pytest.approx(3.535, abs=0.001),
        }
    ]
    row = read_json(project, "prices", "m7i.large")["prices"][0]
    assert (row["spot_usd_per_hour"], row["spot_as_of"], row["spot_source"]) == (0.041, "2026-11-20", "vms.csv")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--from", "gone.csv"), 1, "cannot read the catalogue"),
        (("--from", "vms.csv", "--as-of", "2999-01-01"), 2, "the day of the prices lies ahead"),
        (("--from", "vms.csv", "--cloud", "awz"), 2, "did you mean aws?"),
        (("--from", "vms.csv", "--cloud", "local"), 2, "no such cloud"),
        (("--from", "euro.json", "--region", "us-east-1"), 1, "another currency"),
        (("--from", "euro.json"), 1, "another currency"),
        ((), 2, "--from"),
    ],
)
def test_nothing_is_written_on_an_error(project: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    (project / "euro.json").write_text(json.dumps({"currency": "EUR", "projects": []}), encoding="utf-8")
    (project / "prices.yaml").write_text("# mine\n", encoding="utf-8")
    done = workbench(project, "prices", "update", *arguments)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert (project / "prices.yaml").read_text(encoding="utf-8") == "# mine\n"


def test_a_file_that_is_not_valid_names_line_and_key(project: Path) -> None:
    (project / "prices.yaml").write_text("storag: {}\n", encoding="utf-8")
    done = workbench(project, "prices")
    assert done.returncode == 2
    assert "prices.yaml:1, key storag: unknown key" in done.stderr
    assert "did you mean storage?" in done.stderr
