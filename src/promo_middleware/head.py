"""How a request begins, the same from every shell; pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from promo_middleware.headers import Headers


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body; the names of its headers are in lower case.

    >>> head = Head("GET", "/cart", [(b"cookie", b"a=1; b=2"), (b"host", b"shop")])
    >>> head.header("Host"), head.cookie("b"), head.cookie("c")
    ('shop', '2', None)
    """

    method: str
    path: str
    headers: Headers = ()
    scheme: str = "http"

    def header(self, name: str) -> str | None:
        """Return what a header says; None where it is not there, or said twice and differently."""
        wanted = name.lower().encode("latin-1")
        said = {value for found, value in self.headers if found == wanted}
        return said.pop().decode("latin-1") if len(said) == 1 else None

    def cookie(self, name: str) -> str | None:
        """Return the first cookie of this name: browsers send the nearest one first."""
        for found, value in self.headers:
            for part in value.decode("latin-1").split(";") if found == b"cookie" else ():
                key, is_there, text = part.strip().partition("=")
                if is_there and key == name:
                    return text.strip('"')
        return None


HeadOf: TypeAlias = Callable[[Any], Head]
"""Return the head of a request as a shell has it: made only where somebody asks."""
