"""The API reference keeps its word: fresh, complete, nothing private, links that resolve, docstrings that survive."""

import ast
import html
import importlib.util
import re
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "api"
SOURCES = sorted([*(ROOT / "theory").rglob("*.py"), *(ROOT / "sim").rglob("*.py")])
MODULES = [path for path in SOURCES if path.name != "__init__.py"]
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
EXPORTED = re.findall(r'^    "(\w+)",$', (ROOT / "compare" / "__init__.py").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def reference():
    spec = importlib.util.spec_from_file_location("api_reference", ROOT / "docs" / "api_reference.py")
    module = sys.modules["api_reference"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["api_reference"]


@pytest.fixture(scope="module")
def committed():
    return {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}


def test_the_committed_pages_are_what_the_docstrings_say(reference, committed):
    stale = sorted(name for name, text in reference.pages().items() if committed.get(name) != text)
    assert not stale, "write the pages anew with: python docs/api_reference.py"
    assert set(committed) == set(reference.pages()), "a page of a package that is gone: delete it"


def described(body, within=""):
    """Every public function, class and method, and its docstring."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield f"{within}{node.name}", ast.get_docstring(node) or ""
            if isinstance(node, ast.ClassDef) and within == "":
                yield from described(node.body, f"{node.name}.")


def section(committed, source):
    """The part of a page that is about one module, and what stands on the page under every heading of it."""
    parts = source.relative_to(ROOT).with_suffix("").parts
    page = committed[".".join(parts[:-1]) + ".md"]
    text = re.split(r"^## ", page, flags=re.MULTILINE)
    (own,) = [part for part in text if part.startswith(".".join(parts) + "\n")]
    blocks = re.split(r"^####? (\S+)\n", own, flags=re.MULTILINE)
    return dict(zip(blocks[1::2], blocks[2::2], strict=True))


def words(text):
    """The words of a text without the marks of Markdown."""
    return re.sub(r"\[(\S+?)\]\(\.\./\S+?\)", r"\1", text.replace("\\", "")).split()


@pytest.mark.parametrize("source", MODULES, ids=[path.relative_to(ROOT).as_posix() for path in MODULES])
def test_everything_public_is_described(committed, source):
    shown = section(committed, source)
    inside = dict(described(ast.parse(source.read_text(encoding="utf-8")).body))
    assert list(shown) == list(inside)
    for name, docstring in inside.items():
        assert docstring, f"{name} has no docstring"
        said = [word for word in words(shown[name]) if "```" not in word]
        assert said[-len(docstring.split()) :] == docstring.split(), name


def test_everything_that_claims_are_written_with_is_described(committed):
    headings = re.findall(r"^### (\w+)$", committed["compare.md"], re.MULTILINE)
    assert len(EXPORTED) > 20
    assert sorted([*headings, "Prediction"]) == sorted(EXPORTED)
    assert "[theory.prediction](theory.md#theoryprediction): `Prediction`" in committed["compare.md"]


def test_nothing_private_is_shown(committed):
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    private = set(re.findall(r"^ *(?:def|class) (_\w+)", sources, re.MULTILINE)) - {
        "__init__"
    }  # a constructor is shown
    assert len(private) > 100
    for name, page in committed.items():
        page = page.replace("\\", "").replace("*_given: Any", "")  # a parameter that is not used
        assert not private & set(re.findall(r"(?<!\w)_\w+", page)), name
        assert not re.search(r"^#.*[ .]_", page, re.MULTILINE), name


def test_every_signature_is_python(committed):
    for page in committed.values():
        blocks = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        for block in blocks:
            ast.parse(block)
            assert ">>>" not in block  # which would run as an example


def anchors(page):
    """The anchors of the headings of a page."""
    return [re.sub(r"[^\w -]", "", line).replace(" ", "-").lower() for line in re.findall(r"(?m)^#+ (.*)$", page)]


def test_every_link_leads_to_a_place_of_its_own(committed):
    places = {name: anchors(page) for name, page in committed.items()}
    for name, page in committed.items():
        for target, place in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", page):
            assert (FOLDER / (target or name)).is_file(), f"{name}: {target}"
            assert not place or places[target or name].count(place) == 1, f"{name}: {target}#{place}"


def read(markdown):
    """What a reader sees of Markdown, without blanks and marks of code."""
    return re.sub(r"[\s`]", "", html.unescape(re.sub(r"<[^>]*>", "", MARKDOWN.render(markdown))))


def test_markdown_eats_nothing_of_a_docstring(reference):
    for module in reference.modules().values():
        for name, docstring in [("", module.docstring), *described(module.tree.body)]:
            plain = re.sub(r"^- ", "", docstring, flags=re.MULTILINE)
            assert read(reference.prose(docstring)) == re.sub(r"[\s`]", "", plain), f"{module.name} {name}"


@pytest.mark.parametrize(
    "line", ["a*b*c", "(_x_ + y)", "f[x](y)", "a <b> c", "+ 1", "2. Then", "# n", "> 0", "~~x~~", r"\_ \*"]
)
def test_what_looks_like_markup_is_read_as_written(reference, line):
    assert read(line) != line.replace(" ", "")
    assert read(reference.prose(f"Words\n{line}")) == f"Words{line}".replace(" ", "")


def test_displays_tables_errors_and_documents(reference):
    docstring = """Loss.

    L = a_i * b

See docs/engine.md.
Raises ValueError.

rate   ``h``
size   n

a = b,   c = d"""
    assert reference.prose(docstring) == (
        "Loss.\n\n```text\nL = a_i * b\n```\n\nSee [docs/engine.md](../engine.md).\n\nRaises ValueError.\n\n"
        "```text\nrate   h\nsize   n\n```\n\na = b,   c = d"
    )
