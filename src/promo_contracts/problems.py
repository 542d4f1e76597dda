"""Turning pydantic's complaints into field problems: which field, what is wrong, what would be right.

Errors: ``FieldsError``, which a model's validator raises where pydantic alone could not say which field it means.
"""

import re
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from promo_contracts.company.errors import FieldProblem
from promo_contracts.fields import Query, did_you_mean

# pydantic speaks of Python's types; a client sent JSON.
_JSON_WORDS = {
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "mapping_type": "must be an object",
    "missing": "is required",
    "model_type": "must be an object",
    "string_type": "must be a string",
    "string_unicode": "must be text that UTF-8 can write",
}
_ASIDE = re.compile("^.*?(?=should )| after validation.*")
"""What says nothing to a client in "Dictionary should have at most 100 items after validation, not 101"."""


MAX_PROBLEMS = 100
"""No more wrong fields are told at once."""


class FieldsError(ValueError):
    """Some fields of what a validator looks at are wrong; their paths start there."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("; ".join(f"{one.field}: {one.message}" for one in problems))
        self.problems = problems


def field_problems(error: ValidationError, model: type[BaseModel] | None = None) -> list[FieldProblem]:
    """Return one problem per wrong field, in pydantic's order; the values themselves are never quoted.

    With the model that was violated, an unknown field is told the nearest known one.

    >>> from promo_contracts.company.models import CampaignCreate
    >>> try:
    ...     CampaignCreate.model_validate({"nam": "Spring"})
    ... except ValidationError as error:
    ...     [str(problem.field) for problem in field_problems(error, CampaignCreate)]
    ['name', 'nam']
    """
    found = error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]
    return [problem for one in found for problem in _problems(one, model)]


def _problems(error: Any, model: type[BaseModel] | None) -> list[FieldProblem]:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    raised = error.get("ctx", {}).get("error")
    if isinstance(raised, FieldsError):
        return [FieldProblem(f"{path}.{one.field}".removeprefix("."), one.message) for one in raised.problems]
    return [FieldProblem(path.removeprefix(".") or "body", str(raised) if raised else _sentence(error, model))]


def _sentence(error: Any, model: type[BaseModel] | None) -> str:
    *location, name = error["loc"] or [""]
    if error["type"] == "extra_forbidden":
        kind = "parameter" if model is not None and issubclass(model, Query) else "field"
        return f"is not a known {kind}{did_you_mean(str(name), _fields_at(model, location))}"
    if error["type"] in _JSON_WORDS:
        return _JSON_WORDS[error["type"]]
    sentence = _ASIDE.sub("", error["msg"])
    return sentence[:1].lower() + sentence[1:]


def _fields_at(model: type[BaseModel] | None, location: Sequence[Any]) -> list[str]:
    if model is None:
        return []
    for part in location:
        if isinstance(part, int):
            continue
        field = next((one for name, one in model.model_fields.items() if part == (one.alias or name)), None)
        nested = _models(field.annotation) if field else []
        if not nested:
            return []
        model = nested[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]
