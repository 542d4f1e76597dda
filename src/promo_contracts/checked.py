"""Requests whose fields must fit each other."""

from collections.abc import Iterator
from typing import Self

from pydantic import model_validator

from promo_contracts.company.errors import FieldProblem
from promo_contracts.fields import WireModel
from promo_contracts.problems import FieldsError


class CheckedModel(WireModel):
    """A request whose fields must fit each other, where each is lawful by itself; all that is wrong is told at once."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = list(self._problems())
        if problems:
            raise FieldsError(*problems)
        return self

    def _problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong, by field."""
        yield from ()
