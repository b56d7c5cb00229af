"""The wheel carries the notebooks and the pipeline, so that `init` works where there is no checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_init_works_from_the_wheel(tmp_path: Path) -> None:
    built = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*built, "--wheel-dir", str(tmp_path), str(ROOT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(site)
    assert "workbench/project/notebooks/ingest.ipynb" in names
    assert "workbench/project/dvc.yaml" in names
    assert "workbench/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "notebooks/"))]
    rows = "\n".join(f"{i},{i * 7919 % 13},{i * 7919 % 5 < 2}" for i in range(100))
    (tmp_path / "t.csv").write_text(f"id,x,y\n{rows}\n", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(site)!r}); import workbench.cli as c; print(c.__file__); c.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "init", "p", "--data", "t.csv", "--target", "y"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(site))
    shipped = (ROOT / "notebooks" / "train.ipynb").read_bytes()
    assert (tmp_path / "p" / "notebooks" / "train.ipynb").read_bytes() == shipped
