"""The built-in types use nothing but the public interface, and the docs say all of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import promo_engine
from promo_engine import CartView, Condition, Goods, Parcel, PromotionType, Shopper, View, hooks

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/plugins.md").read_text()
PLUGINS = sorted([*(ROOT / "plugins").rglob("*.py"), *(ROOT / "examples/third_party_plugin/src").rglob("*.py")])
EACH = pytest.mark.parametrize("path", PLUGINS, ids=lambda path: str(path.relative_to(ROOT)))

ENGINES_OWN = {"kind", "line", "listed"}
"""What a view holds and plugins leave alone."""


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def public(*classes: type) -> set[str]:
    """Name what a plugin may implement or use of some classes."""
    inherited = set(dir(tuple)) | set(dir(object))
    found = {name for one in classes for name in vars(one) if not name.startswith("_") and name not in inherited}
    return found - ENGINES_OWN


def documented(name: str) -> bool:
    return re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", GUIDE) is not None


@EACH
def test_it_imports_public_names_of_the_engine_only(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "promo_engine":
            assert node.module == "promo_engine"
            assert {alias.name for alias in node.names} <= set(promo_engine.__all__)
        if isinstance(node, ast.Import):
            assert not [alias.name for alias in node.names if alias.name.startswith("promo_engine")]


@EACH
def test_it_reaches_for_no_private_name_of_anything_but_itself(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            assert isinstance(node.value, ast.Name), ast.unparse(node)
            assert node.value.id in ("self", "cls"), ast.unparse(node)


@EACH
def test_it_leaves_alone_what_is_the_engines_own_of_a_view(path: Path) -> None:
    used = {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}
    assert used.isdisjoint(ENGINES_OWN)


@EACH
def test_it_uses_of_a_view_what_the_docs_name(path: Path) -> None:
    of_views = {
        node.attr
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "view"
    }
    assert {name for name in of_views if f"view.{name}" not in GUIDE} == set()


def test_the_docs_cover_every_hook() -> None:
    named = {name for name in vars(hooks) if name.startswith("promo_")}
    assert len(named) == 3
    for name in named:
        assert f"| `{name}` |" in GUIDE
        assert f"def {name}(" in GUIDE


@pytest.mark.parametrize("name", sorted(public(PromotionType, Condition, View, CartView, Goods, Parcel, Shopper)))
def test_the_docs_name_all_of_the_interface(name: str) -> None:
    assert documented(name) or f"    {name} = " in GUIDE
