"""How a service says no: a code of the contract's list, a sentence, and what belongs to it."""

from collections.abc import Sequence
from typing import Any

from promo_contracts.company.errors import FieldProblem
from promo_engine import DocumentError


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """A request that is refused; nothing of it was stored."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.more = more


class InvalidFields(Exception):  # noqa: N818 - an answer, not a failure
    """A request with wrong fields; nothing of it was stored."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__("; ".join(f"{one.field}: {one.message}" for one in problems))
        self.problems = list(problems)


def refuse(problems: Sequence[FieldProblem]) -> None:
    """Refuse a request if any of its fields is wrong.

    Raises:
        InvalidFields: one is.
    """
    if problems:
        raise InvalidFields(*problems)


def invalid(error: DocumentError, within: str = "") -> InvalidFields:
    """Turn the engine's complaint about a document into wrong fields."""
    return InvalidFields(*(_field_problem(one.under(within) if within else one) for one in error.problems))


def _field_problem(error: DocumentError) -> FieldProblem:
    return FieldProblem(error.path, error.problem)
