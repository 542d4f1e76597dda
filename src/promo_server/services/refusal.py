"""How a service says no: a code of the contract's list, a sentence, and what belongs to it."""

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


def invalid(error: DocumentError, within: str = "") -> InvalidFields:
    """Turn the engine's complaint about a document into a wrong field."""
    glue = "." if within and error.path and not error.path.startswith("[") else ""
    return InvalidFields(FieldProblem(f"{within}{glue}{error.path}", error.problem))
