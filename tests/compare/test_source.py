"""The hash of the code behind a result: what changes it and what does not."""

import sys

import pytest

from compare import source


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A user's files: a claim file that imports a module and a package of theirs, and numpy."""
    (tmp_path / "claims.py").write_text("import numpy\nimport helper\n\ndef f():\n    from kit.inner import g\n")
    (tmp_path / "helper.py").write_text("import json\nx = 1\n")
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "__init__.py").write_text("")
    (tmp_path / "kit" / "inner.py").write_text("from . import other\n")
    (tmp_path / "kit" / "other.py").write_text("y = 2\n")
    (tmp_path / "unrelated.py").write_text("z = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("helper", "kit", "kit.inner", "kit.other"):
        sys.modules.pop(name, None)
    source._file_of.cache_clear()


def hashed(project):
    source._file_of.cache_clear()
    source.code_hash.cache_clear()
    return source.code_hash(project / "claims.py")


def test_imports_are_followed_wherever_they_stand(project):
    found = {path.relative_to(project).as_posix() for path in source.files(project / "claims.py")}
    assert found == {"claims.py", "helper.py", "kit/__init__.py", "kit/inner.py", "kit/other.py"}


@pytest.mark.parametrize("name", ["claims.py", "helper.py", "kit/other.py"])
def test_a_change_changes_the_hash(project, name):
    before = hashed(project)
    (project / name).write_text((project / name).read_text() + "w = 4\n")
    assert hashed(project) != before


def test_what_is_not_imported_does_not_matter(project):
    before = hashed(project)
    (project / "unrelated.py").write_text("z = 4\n")
    assert hashed(project) == before
    (project / "claims.py").rename(project / "renamed.py")
    assert source.code_hash(project / "renamed.py") == before


def test_simulating_code_depends_on_the_simulation_alone():
    file = sys.modules["compare"].__path__[0] + "/../sim/random_features.py"
    found = {path.name for path in source.files(source.Path(file), "sim")}
    assert {"random_features.py", "sweeps.py", "linalg.py", "streams.py"} <= found
    assert all(path.parent.name == "sim" for path in source.files(source.Path(file), "sim"))


def test_packages_left_out(project):
    (project / "claims.py").write_text("import compare.rule\nimport helper\n")
    names = {path.name for path in source.files(project / "claims.py", without={"compare"})}
    assert names == {"claims.py", "helper.py"}


def test_a_module_without_source():
    with pytest.raises(ImportError, match="the module sys has no source file"):
        source.module_hash("sys")
