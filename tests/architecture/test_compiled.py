"""What ``python3 dev.py test --compiled`` shows besides all other tests; without the option nothing."""

import ast
import sys
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, DocTestParser, DocTestRunner
from importlib import import_module
from pathlib import Path

import pytest

WHEEL = sys.modules.get("tests.compiled")


@pytest.mark.parametrize("name", sorted(WHEEL.COMPILED) if WHEEL else [])
def test_the_examples_in_the_source_of_a_compiled_module_hold(name: str) -> None:
    module = import_module(name)
    source = Path(module.__file__ or "").parent / f"{name.rpartition('.')[2]}.py"
    runner = DocTestRunner(optionflags=ELLIPSIS | NORMALIZE_WHITESPACE)
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            examples = ast.get_docstring(node) or ""
            runner.run(DocTestParser().get_doctest(examples, dict(vars(module)), name, str(source), 0))
    assert runner.failures == 0
