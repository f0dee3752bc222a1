"""Runs docs/notebook.ipynb cell by cell and writes its outputs: python docs/notebook_outputs.py

It stands in for Jupyter, which is no dependency: the value of the last line of a cell is shown as HTML.
"""

import ast
import copy
import json
import re
import sys
import types
from pathlib import Path

NOTEBOOK = Path(__file__).with_name("notebook.ipynb")
NAME = "cells_of_the_notebook"


def executed(notebook):
    """The notebook with the outputs of a run from top to bottom; what a cell raises goes through."""
    notebook = copy.deepcopy(notebook)
    module = sys.modules[NAME] = types.ModuleType(NAME)
    try:
        for count, cell in enumerate((c for c in notebook["cells"] if c["cell_type"] == "code"), start=1):
            value = last_value("".join(cell["source"]), vars(module))
            cell["execution_count"] = count
            cell["outputs"] = [] if value is None else [shown(value, count)]
    finally:
        del sys.modules[NAME]
    return notebook


def last_value(source, names):
    """Run a cell; the value of its last line if that is an expression."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), NAME, "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), NAME, "eval"), names)


def shown(value, count):
    """An output as a notebook stores it, without the seconds, which differ from run to run."""
    html = re.sub(r"; [^;<]* of simulation", "", value._repr_html_()).replace(NAME, "__main__")
    data = {"text/html": html.splitlines(keepends=True), "text/plain": [f"<{type(value).__name__}>"]}
    return {"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": data}


if __name__ == "__main__":
    notebook = executed(json.loads(NOTEBOOK.read_text(encoding="utf-8")))
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {NOTEBOOK.name}")
