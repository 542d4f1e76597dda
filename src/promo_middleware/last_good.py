"""The last good ruleset on disk: for the shop alone, authenticated, and never an older one over a newer one.

The first line is the header: when the API was asked for what follows, and the HMAC of both under a key that is derived
from the API key. So whoever can write to the directory, but has no key, cannot make the shop give anything away.
"""

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from promo_engine import canonical_json

_PURPOSE = b"fairtill: last good ruleset, 1"


class UnusableError(ValueError):
    """What is on disk cannot be used; the message says why."""


class LastGood:
    """One file with the last good ruleset of a company. Moments are seconds."""

    def __init__(self, path: Path, api_key: str, company_id: str) -> None:
        """Derive the file's own key: the API key itself signs nothing."""
        self._path = path
        self._key = hmac.digest(api_key.encode(), _PURPOSE + company_id.encode(), "sha256")

    @property
    def name(self) -> str:
        """The name of the file."""
        return self._path.name

    def load(self) -> Mapping[str, Any] | None:
        """Return the document that was kept, None without any.

        Raises:
            UnusableError: it was not written with this key, was changed, or cannot be read.
        """
        found = self._read()
        return None if found is None else found[1]

    def keep(self, document: Mapping[str, Any], asked_at: float, now: float) -> bool:
        """Replace what is kept in one step, unless it was asked for later; return whether it was replaced."""
        with self._alone():
            try:
                kept = self._read()
            except UnusableError:
                kept = None
            # A moment that is still to come is no moment: the clock was wrong when it was written.
            if kept is not None and asked_at < kept[0] <= now:
                return False
            self._write(float(asked_at), canonical_json(document))
        return True

    def _read(self) -> tuple[float, Mapping[str, Any]] | None:
        try:
            header, _, body = self._path.read_bytes().partition(b"\n")
            said = json.loads(header)
            asked_at, mac = float(said["asked_at"]), str(said["hmac"])
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnusableError(f"it cannot be read: {error.strerror}") from None
        except (KeyError, TypeError, ValueError) as error:
            raise UnusableError(f"it has no header of ours ({type(error).__name__})") from None
        if not hmac.compare_digest(self._mac(asked_at, body), mac):
            raise UnusableError("it was changed, or written with another API key or for another company")
        return asked_at, json.loads(body)

    def _write(self, asked_at: float, body: bytes) -> None:
        header = json.dumps({"asked_at": asked_at, "hmac": self._mac(asked_at, body)}).encode()
        beside = self._path.with_suffix(".new")  # one at a time: what a killed process left is written over
        beside.unlink(missing_ok=True)
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(header + b"\n" + body)
            beside.replace(self._path)
        except OSError:
            beside.unlink(missing_ok=True)  # a full disk gets its room back
            raise

    def _mac(self, asked_at: float, body: bytes) -> str:
        return hmac.new(self._key, f"{asked_at!r}\n".encode() + body, hashlib.sha256).hexdigest()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the one process of this host that replaces the file."""
        descriptor = os.open(self._path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child that was forked meanwhile has it, too
            os.close(descriptor)


def last_good_in(directory: Path, company_id: str, api_key: str | None) -> LastGood | None:
    """Keep the last good rules in a directory, if there is a key to sign them with."""
    key = os.environ.get("PROMO_API_KEY", "") if api_key is None else api_key
    return LastGood(directory / "ruleset.json", key, company_id) if key else None
