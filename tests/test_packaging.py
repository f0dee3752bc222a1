"""What the distribution promises: packages, pins, interpreters, the border."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_it_cannot_be_uploaded_by_accident():
    assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]


def test_every_package_is_listed():
    folders = {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for name in ("theory", "sim", "compare")
               for path in (ROOT / name).rglob("__init__.py")}  # fmt: skip
    setuptools = PROJECT["tool"]["setuptools"]
    renamed = {folder.replace("/", "."): package for package, folder in setuptools["package-dir"].items()}
    assert set(setuptools["packages"]) == {renamed.get(folder, folder) for folder in folders}


def test_every_dependency_is_pinned_exactly():
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"
    )
    assert pins["torch"] == "2.13.0"
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["test"]]
    wanted += PROJECT["project"]["optional-dependencies"]["lint"]
    names = {re.split(r"[<>=~!]", text)[0].lower() for text in wanted}
    assert names <= {name.lower() for name in pins}


def interpreter(version):
    """A Python of this version on the path or among those of pyenv, or None."""
    managed = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python")
    for python in (shutil.which(f"python{version}"), *map(str, managed)):
        if python and not subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode:
            return python
    return None


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_source_compiles(version, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"python{version} is not installed here")
    for name in ("theory", "sim", "compare"):
        shutil.copytree(ROOT / name, tmp_path / name)
    command = [python, "-W", "error", "-m", "compileall", "-q", "-f", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_stay_small():
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for name in ("theory", "sim", "compare")
        for path in (ROOT / name).rglob("*.py")
    }
    assert {name: lines for name, lines in sizes.items() if lines > 300} == {}
