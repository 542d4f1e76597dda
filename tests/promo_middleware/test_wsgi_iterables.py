"""Whatever a WSGI app does that PEP 3333 allows: no cart survives byte for byte, and a cart is valid HTTP.

The validator of the standard library stands on both sides of the middleware.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promo_middleware.wsgi import PromotionsMiddleware
from tests.promo_middleware.offline import offline
from tests.promo_middleware.responses import Response, check_priced, responses
from tests.promo_middleware.wire import Served, environ_of, serve


class CrashError(Exception):
    """What an app may raise."""


@dataclass
class App:
    """An app that sends a response in one of the ways that WSGI has."""

    response: Response
    written: int
    kind: str
    is_late: bool
    crash_at: int | None
    is_handled: bool
    closed: int = 0
    opened: int = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.opened += 1
        if self.is_late:
            return Body(self, self._late(start_response))
        write = self._begin(start_response)
        for part in self.response.parts[: self.written]:
            write(part)
        parts = self.response.parts[self.written :]
        if self.crash_at is not None:
            return Body(self, self._crashing(parts, start_response))
        match self.kind:
            case "list":
                self.closed += 1
                return parts
            case "file":
                self.closed += 1
                return FileWrapper(io.BytesIO(b"".join(parts)), 7)
            case _:
                return Body(self, iter(parts))

    def _begin(self, start_response: Any) -> Any:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.response.headers]
        if self.response.status in (204, 304):  # the validator wants no type where there is no body
            headers = [pair for pair in headers if pair[0] != "Content-Type"]
        return start_response(f"{self.response.status} So", headers)

    def _late(self, start_response: Any) -> Iterator[bytes]:
        self._begin(start_response)
        yield from self._crashing(self.response.parts, start_response)

    def _crashing(self, parts: list[bytes], start_response: Any) -> Iterator[bytes]:
        for number, part in enumerate(parts):
            if number == self.crash_at:
                error = CrashError()
                if not self.is_handled:
                    raise error
                start_response("500 Oops", [("Content-Type", "text/plain")], (CrashError, error, None))
                yield b"sorry"
                return
            yield part


class Body:
    """An iterable that counts how often it is closed."""

    def __init__(self, app: App, parts: Iterator[bytes]) -> None:
        self.app = app
        self.parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return self.parts

    def close(self) -> None:
        self.app.closed += 1


apps = st.builds(
    App,
    response=responses(),
    written=st.integers(0, 3),
    kind=st.sampled_from(["list", "file", "iterable"]),
    is_late=st.booleans(),
    crash_at=st.none() | st.none() | st.integers(0, 6),
    is_handled=st.booleans(),
)


def run(app: Any, path: str, parts: int | None) -> Served:
    served = serve(validator(app), environ_of("GET" if path == "/cart" else "POST", path), parts=parts)
    assert not isinstance(served.error, AssertionError), served.error
    return served


@pytest.mark.parametrize("path", ["/cart", "/pay", "/other"])
def test_a_response_survives_and_a_cart_is_valid_http(tmp_path: Path, path: str) -> None:
    with offline(tmp_path) as promotions:

        @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(apps, st.none() | st.none() | st.integers(0, 3))
        def holds(app: App, parts: int | None) -> None:
            bare = run(app, path, parts)
            ours = run(PromotionsMiddleware(validator(app), promotions), path, parts)
            assert app.closed == app.opened
            if isinstance(bare.error, CrashError):
                assert isinstance(ours.error, CrashError) or (app.is_handled and ours.status == "500 Oops")
                assert app.is_handled or bare.body.startswith(ours.body)
            elif bare.status == "500 Oops" or not (path == "/cart" and app.response.is_cart):
                check_same(bare, ours, is_cut=parts is not None)
            elif parts is None:
                assert ours.status is not None
                check_priced(app.response, int(ours.status[:3]), ours.pairs, ours.parts)

        holds()


def check_same(bare: Served, ours: Served, *, is_cut: bool) -> None:
    """Check that a response is the same byte for byte; one that is held back is sent in fewer parts."""
    if is_cut and ours.status is None:
        return
    if is_cut:
        assert bare.body.startswith(ours.body) or ours.body.startswith(bare.body)
        return
    assert (ours.status, ours.headers, ours.body, ours.error) == (bare.status, bare.headers, bare.body, None)
