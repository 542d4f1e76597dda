"""What a running server says of itself: what it has benched is known to its process alone."""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from promo_contracts.company.routes import READY
from promo_server.services.diagnosis import Finding, Level

SECONDS = 5.0


def ask_server(url: str) -> Finding:
    """Ask a server by its base URL whether it is ready, and what is not well in it."""
    try:
        report = _readiness(url.rstrip("/") + READY.path)
        wrong = [str(one["said"]) for one in report["checks"] if not one["ok"]]
        is_ready = report["status"] == "ready"
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        todo = "Start it, or name another one: http://HOST:PORT, with the path that it is mounted at."
        return Finding("server", Level.PROBLEM, f"{url} does not say whether it is ready: {error}.", todo)
    if not wrong:
        return Finding("server", Level.OK, f"{url} is ready, and benches no plugin.")
    said = f"{url} is {'ready' if is_ready else 'not ready'}. {' '.join(wrong)}"
    todo = "Repair, install or uninstall the plugins, then restart it." if is_ready else "Its log says more."
    return Finding("server", Level.PROBLEM, said, todo)


def _readiness(url: str) -> Any:
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("its URL must begin with http:// or https://")
    try:
        with urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - of these schemes only
            return json.load(answer)
    except HTTPError as error:
        if error.code != 503:
            raise
        with error:
            return json.load(error)
