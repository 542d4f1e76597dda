"""The codes that shoppers typed, as far as a cart can hold them."""

from collections.abc import Iterable
from typing import Any

from promo_engine import MAX_CODES, MAX_TEXT, code_form
from promo_middleware import paths
from promo_middleware.errors import MappingError


def codes_at(document: Any, path: str) -> list[str]:
    """Return the codes at a path: those of a list, one alone, or those that ``[]`` leads to; null is none.

    Raises:
        MappingError: what stands there is no text, nor a list of texts.

    >>> codes_at({"codes": ["FIVE", 7]}, "codes"), codes_at({"code": "FIVE"}, "code"), codes_at({"code": None}, "code")
    (['FIVE', '7'], ['FIVE'], [])
    >>> codes_at({"coupons": [{"code": "FIVE"}, {"code": "TEN"}]}, "coupons[].code")
    ['FIVE', 'TEN']
    """
    if paths.is_several(path):
        for one in (found := paths.every(document, path)):
            _check_code(one, path, path)
    elif isinstance(found := paths.value(document, path), list | tuple):
        for i, one in enumerate(found):
            if type(one) is not str:
                _check_code(one, f"{path}[{i}]", f"{path}[]")
    else:
        _check_code(found, path, path)
        found = [found]
    return typed_codes([one for one in found if one is not None])


def typed_codes(values: Iterable[Any]) -> list[str]:
    """Return what shoppers typed as far as a cart can hold it: a code that no promotion can have breaks nothing."""
    typed = [str(value)[:MAX_TEXT] for value in values]
    return [code for code in typed if code_form(code) and code.isprintable()][:MAX_CODES]


def _check_code(value: Any, where: str, path: str) -> None:
    """Check a code that stands somewhere; ``path`` is the one that a mapping may go on from."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
        raise MappingError(where, f"must be text, not {paths.kind(value)}{paths.perhaps(value, path)}")
