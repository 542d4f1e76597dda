"""Large answers: not sent to who has them, compressed for who can read that, and sent so that others get their turn."""

from anyio.lowlevel import checkpoint
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SLICE = 262_144


class Slices(Response):
    """An answer that is sent slice by slice, no faster than the client takes it: none lies about in a buffer."""

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it, and let other requests have their turn after each slice."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, len(self.body), SLICE):
            await send({"type": "http.response.body", "body": self.body[start : start + SLICE], "more_body": True})
            await checkpoint()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def is_at_hand(if_none_match: str, tag: str) -> bool:
    """Tell whether a client has the answer of this strong tag already, in whatever encoding.

    >>> is_at_hand('"r6", W/"r7"', '"r7"'), is_at_hand("*", '"r7"'), is_at_hand('"r6"', '"r7"')
    (True, True, False)
    """
    tags = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return tag in tags or tags == ["*"]


def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether a client says that it reads gzip.

    >>> accepts_gzip("br, GZIP;q=0.5"), accepts_gzip("gzip; q=0"), accepts_gzip("identity, *"), accepts_gzip("")
    (True, False, False, False)
    """
    for one in accept_encoding.lower().split(","):
        name, _, weight = one.replace(" ", "").partition(";")
        if name == "gzip":
            return weight.removeprefix("q=").strip("0.") != "" or weight == ""
    return False
