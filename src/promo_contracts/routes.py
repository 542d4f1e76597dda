"""What a route of a contract is: one table per contract drives the server's routes and the SDK's calls."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from pydantic import BaseModel

from promo_contracts.fields import Query


class Scope(StrEnum):
    """What a key may do. ``ADMIN`` includes all others."""

    READ = "read"
    EVALUATE = "evaluate"
    REDEEM = "redeem"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: method and path, what goes in and out, and the scope that it asks for.

    ``request`` and ``response`` are models, or the key of an engine document (``evaluation``, ``entitlements``,
    ``ruleset``) that is carried as a plain JSON object. ``query`` is the model of the query's parameters; a parameter
    that it does not have is refused. ``errors`` are the codes that it may answer with beyond those of every route. A
    route without a scope asks for no key. ``status_unstored`` is that of an answer that nothing new was stored for.
    Where ``is_body_optional``, a request without a body asks for something else, or less. The body of one that
    ``is_form`` is a form, not JSON.
    """

    name: str
    method: str
    path: str
    scope: Scope | None
    request: type[BaseModel] | None = None
    response: type[BaseModel] | str | None = None
    status: int = 200
    query: type[Query] = Query
    errors: tuple[str, ...] = ()
    summary: str = ""
    is_body_optional: bool = False
    status_unstored: int | None = None
    is_form: bool = False

    def url(self, **params: str) -> str:
        """Fill in the path's parameters, quoted.

        >>> Route("get", "GET", "/redemptions/{reference}", Scope.READ).url(reference="a/b")
        '/redemptions/a%2Fb'
        """
        return self.path.format(**{name: quote(value, safe="") for name, value in params.items()})
