"""Turning pydantic's complaints into field problems: which field, what is wrong, what would be right."""

from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from promo_contracts.company.errors import FieldProblem

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
}


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
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [_problem(one, model) for one in found]


def _problem(error: Any, model: type[BaseModel] | None) -> FieldProblem:
    location = error["loc"]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    path = path.removeprefix(".") or "body"
    if error["type"] == "extra_forbidden":
        near = get_close_matches(str(location[-1]), _fields_at(model, location[:-1]), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return FieldProblem(path, f"is not a known field{hint}")
    if error["type"] in _JSON_WORDS:
        return FieldProblem(path, _JSON_WORDS[error["type"]])
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return FieldProblem(path, message[:1].lower() + message[1:])


def _fields_at(model: type[BaseModel] | None, location: tuple[Any, ...]) -> list[str]:
    if model is None:
        return []
    for part in location:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        nested = _models(field.annotation) if field else []
        if not nested:
            return []
        model = nested[0]
    return list(model.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]
