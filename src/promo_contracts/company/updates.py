"""The bodies of PATCH: the models of *create*, with every field optional.

What is not named stays. An object is merged into the one that stands there, anything else takes its place, and null
takes away what need not be there (RFC 7396). The whole that results is then held to the rules of *create*.
"""

from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Field, create_model

from promo_contracts.company.models import CampaignCreate, PromotionCreate
from promo_contracts.fields import WireModel


def merged(stored: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Merge a change into what is stored.

    >>> merged({"a": {"b": 1, "c": [1, 2]}, "d": 4}, {"a": {"c": [3]}, "d": None})
    {'a': {'b': 1, 'c': [3]}}
    """
    result = dict(stored)
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            before = result.get(name)
            result[name] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            result[name] = value
    return result


@cache
def update_of(
    model: type[BaseModel], *, without: tuple[str, ...] = (), keep: tuple[str, ...] | None = None
) -> type[WireModel]:
    """Make the model of a change to what ``model`` describes: to all of it, or what is to be kept of it."""
    hints = get_type_hints(model, include_extras=True)
    kept = model.model_fields.keys() if keep is None else keep
    fields: dict[str, Any] = {
        name: (_changed(hints[name], may_go=not field.is_required()), Field(default_factory=lambda: None))
        for name, field in model.model_fields.items()
        if name in kept and name not in without
    }
    name = f"{model.__name__.removesuffix('Create').removesuffix('Change')}Update"
    return create_model(name, __base__=WireModel, __doc__=f"A change of {model.__name__}; see PATCH.", **fields)


def _changed(annotation: Any, *, may_go: bool) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        annotation = update_of(annotation)
    elif get_origin(annotation) in (UnionType, Union):
        parts = [one for one in get_args(annotation) if one is not NoneType]
        annotation = Union[tuple(_changed(one, may_go=False) for one in parts)]  # noqa: UP007 - made of a tuple
    return annotation | None if may_go else annotation


PromotionUpdate = update_of(PromotionCreate, without=("status",))
"""The body of PATCH for a promotion."""

CampaignUpdate = update_of(CampaignCreate, without=("status",))
"""The body of PATCH for a campaign."""
