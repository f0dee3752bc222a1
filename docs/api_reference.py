"""The API reference, docs/api/*.md, written from signatures and docstrings.

    python docs/api_reference.py          from the root of the repository; writes docs/api/*.md

Sources are parsed, never imported. Shown is everything public of `theory` and `sim`, one page per package, and of
`compare` what it exports. To mend a page, mend the docstring and run this again.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "api"
INDEX = "README.md"
WRITTEN = "Written by `python docs/api_reference.py` from the docstrings: to mend this page, mend the docstring."
SAID = ("abstractmethod", "brute_force", "cached_property", "classmethod", "contextmanager", "dataclass", "property",
        "simulation", "staticmethod")  # fmt: skip
"""Decorators that matter to a caller; they are shown without arguments."""

Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """A source file: its dotted name, its lines, its syntax tree, and whether it is the ``__init__`` of a package."""

    name: str
    lines: Sequence[str]
    tree: ast.Module
    is_package: bool

    @property
    def page(self) -> str:
        """The page that shows it: that of its package."""
        package = self.name if self.is_package else self.name.rpartition(".")[0]
        return f"{package}.md"

    @property
    def place(self) -> str:
        """Its section on its page, for a link."""
        return f"#{self.name.replace('.', '')}"

    @property
    def link(self) -> str:
        """A link to its section, or to the page of a package."""
        return f"[{self.name}]({self.page}{'' if self.is_package else self.place})"

    @property
    def docstring(self) -> str:
        """What the module says of itself."""
        return ast.get_docstring(self.tree) or ""

    def source(self, first: int, last: int | None) -> str:
        """Lines first to last, counted from 1, as they are written."""
        return textwrap.dedent("\n".join(self.lines[first - 1 : last]))


@cache
def modules() -> dict[str, Module]:
    """The modules of `theory`, `sim` and the packages in them, and those of `compare` itself, by name in this order."""
    paths = [*(ROOT / "theory").rglob("*.py"), *(ROOT / "sim").rglob("*.py"), *(ROOT / "compare").glob("*.py")]
    order = ("theory", "sim", "compare")
    found = {}
    for path in sorted(paths, key=lambda path: (order.index(path.relative_to(ROOT).parts[0]), path.parent, path)):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        text = path.read_text(encoding="utf-8")
        found[name] = Module(name, text.splitlines(), ast.parse(text), path.stem == "__init__")
    return found


# What a module holds.


def definitions(body: Sequence[ast.stmt]) -> list[Definition]:
    """The public functions and classes of a module, or the public methods of a class, in order."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [node for node in body if isinstance(node, kinds) and not node.name.startswith("_")]


def assigned(node: ast.stmt | None) -> str:
    """The public name that a statement assigns, or nothing."""
    targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets if isinstance(node, ast.Assign) else []
    return next((t.id for t in targets if isinstance(t, ast.Name) and not t.id.startswith("_")), "")


def bare_text(node: ast.stmt) -> str:
    """The string that stands alone as a statement, such as what is said below an attribute; or nothing."""
    value = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else ""
    return value if isinstance(value, str) else ""


def exported(module: Module) -> dict[str, list[str]]:
    """The names of ``__all__`` that come from elsewhere, by the module that defines them."""
    lists = [n.value for n in module.tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"]
    names = ast.literal_eval(lists[0]) if lists else []
    imports = [node for node in module.tree.body if isinstance(node, ast.ImportFrom)]
    found = {str(node.module): [alias.name for alias in node.names if alias.name in names] for node in imports}
    return {source: names for source, names in found.items() if names}


@cache
def classes() -> dict[str, ast.ClassDef]:
    """The public classes, by name."""
    found = [node for module in modules().values() for node in definitions(module.tree.body)]
    return {node.name: node for node in found if isinstance(node, ast.ClassDef)}


def inherited(node: ast.ClassDef) -> set[str]:
    """Names of the public methods that a class has from the classes above it: they are described there."""
    above = [classes()[name] for name in map(ast.unparse, node.bases) if name in classes()]
    return {method.name for base in above for method in definitions(base.body)}.union(*map(inherited, above))


# Signatures, as Python stubs.


def stub(module: Module, node: Definition) -> str:
    """The signature of a function as it is written; the head of a class with its fields and its constructor."""
    called = [ast.unparse(item.func if isinstance(item, ast.Call) else item) for item in node.decorator_list]
    head = [f"@{name}" for name in called if name.rpartition(".")[2] in SAID]
    head.append(re.sub(r"^(class \w+)\(_\w+\)", r"\1", module.source(node.lineno, node.body[0].lineno - 1)))
    inside = []
    if isinstance(node, ast.ClassDef):
        makers = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
        inside = [textwrap.indent(stub(module, item), "    ") for item in makers]
        for before, item in zip([None, *node.body[:-1]], node.body, strict=True):
            if assigned(item) or (assigned(before) and bare_text(item)):
                inside.append(textwrap.indent(module.source(item.lineno, item.end_lineno), "    "))
    return "\n".join(head) + ("\n" + "\n".join(inside) if inside else " ...")


def fenced(text: str, language: str) -> str:
    """A block that Markdown leaves alone."""
    return f"```{language}\n{text}\n```"


# Docstrings, as Markdown.


def escaped(prose: str) -> str:
    """Prose: what Markdown would take for markup is made literal, code spans stay, documents are linked."""
    spans = re.split(r"(``[^`]+``|`[^`]+`)", prose)
    for k in range(0, len(spans), 2):
        text = spans[k].replace("\\", r"\\").replace("](", r"]\(")
        text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)  # inside a word an underscore is itself
        text = re.sub(r"(?<! )[*~]|[*~](?! )", r"\\\g<0>", text)  # so are these between spaces
        text = re.sub(r"<(?=[^\s=])", r"\\<", text)
        spans[k] = re.sub(r"\bdocs/([\w/]+\.md)", r"[docs/\1](../\1)", text)
    starts = re.compile(r"^( *\d*)([+>#=.)] )", re.MULTILINE)  # markup at the start of a line
    return starts.sub(r"\1\\\2", "".join(spans))


def prose(docstring: str) -> str:
    """A docstring: sentences flow, displays and tables stay as they are, parameters, errors and sources stand apart."""
    blocks = []
    for paragraph in re.split(r"\n\s*\n", docstring):
        lines = paragraph.splitlines()
        if all(line.startswith("    ") for line in lines) or any(re.match(r"\w+ {2,}\S", line) for line in lines):
            blocks.append(fenced(textwrap.dedent(paragraph).replace("``", ""), "text"))
        else:
            blocks.append(re.sub(r"\n(?=Raises |Source: |``[^`]+``: )", "\n\n", escaped(paragraph)))
    return "\n\n".join(blocks)


def first_sentence(docstring: str) -> str:
    """The first paragraph of a docstring on one line, up to its first full stop."""
    line = " ".join(docstring.split("\n\n")[0].split())
    return escaped(re.split(r"(?<=[^.\d]\.) (?=[A-Z])", line)[0])


# Sections and pages.


def entry(module: Module, node: Definition, within: str = "") -> Iterator[str]:
    """Heading, signature and docstring of a function or class, then of the methods that no class above it has."""
    yield f"{'####' if within else '###'} {within}{node.name}"
    yield fenced(stub(module, node), "python")
    yield prose(ast.get_docstring(node) or "")
    if isinstance(node, ast.ClassDef):
        for method in definitions(node.body):
            if method.name not in inherited(node):
                yield from entry(module, method, f"{node.name}.")


def names_beside(module: Module) -> Iterator[str]:
    """The types that signatures name, and the constants about which something is said."""
    body = module.tree.body
    checked = [item for node in body if isinstance(node, ast.If) for item in node.body]  # if TYPE_CHECKING
    types = [item for item in [*body, *checked] if re.fullmatch(r"[A-Z]\w*[a-z]\w*", assigned(item))]
    if types:
        yield fenced("\n".join(module.source(item.lineno, item.end_lineno) for item in types), "python")
    for item, below in pairwise(body):
        if assigned(item) and bare_text(below):
            yield f"`{ast.unparse(item)}`\\\n{prose(bare_text(below))}"


def names_from_elsewhere(module: Module) -> Iterator[str]:
    """The exported names that other modules define, with links."""
    found = exported(module).items()
    lines = [f"- from {modules()[source].link}: {', '.join(f'`{name}`' for name in names)}" for source, names in found]
    if lines:
        yield "\n".join(lines)


def section(module: Module, names: Sequence[str] = ()) -> Iterator[str]:
    """A module: its docstring, then everything public in it, or the given names."""
    yield f"## {module.name}"
    yield prose(module.docstring)
    if not names:
        yield from names_from_elsewhere(module)
        yield from names_beside(module)
    for node in definitions(module.tree.body):
        if not names or node.name in names:
            yield from entry(module, node)


def contents(package: Module) -> dict[str, list[str]]:
    """The modules on the page of a package, and the names shown of each: all if none are given."""
    inside = [module.name for module in modules().values() if module.page == package.page and not module.is_package]
    chosen = exported(package) if package.name == "compare" else {name: [] for name in inside}
    return {name: chosen[name] for name in inside if name in chosen}


def page(package: Module) -> str:
    """The page of a package: what it says of itself, what it exports or which modules it has, then these."""
    parts = [f"# {package.name}", f"{WRITTEN} [All pages]({INDEX})", prose(package.docstring)]
    parts += names_from_elsewhere(package)
    if package.name != "compare":
        links = [f"[{name.rpartition('.')[2]}]({modules()[name].place})" for name in contents(package)]
        parts.append(f"Modules: {', '.join(links)}.")
    for name, names in contents(package).items():
        parts += section(modules()[name], names)
    return "\n\n".join(parts) + "\n"


def index() -> str:
    """The list of all modules, by package."""
    parts = ["# API reference", WRITTEN]
    for package in modules().values():
        if package.is_package:
            said = [modules()[name] for name in contents(package)]
            parts += [f"## {package.link}", first_sentence(package.docstring)]
            parts.append("\n".join(f"- {module.link}: {first_sentence(module.docstring)}" for module in said))
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """The text of every page, by file name."""
    return {INDEX: index()} | {package.page: page(package) for package in modules().values() if package.is_package}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"wrote {(FOLDER / name).relative_to(ROOT)}")
