"""The ruleset kept fresh: polled by revision, the last good one on disk."""

import json
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promo_engine import DocumentError, PromotionTypes, Ruleset, canonical_json, read_ruleset
from promo_middleware.errors import ApiAway, ApiRefused
from promo_middleware.port import Port

logger = logging.getLogger(__name__)


class Subscription:
    """The current ruleset; whoever refreshes it is one thread, whoever reads it any."""

    def __init__(self, port: Port, types: PromotionTypes, path: Path) -> None:
        """Start with the last good ruleset on disk, if there is one."""
        self._port = port
        self._types = types
        self._path = path
        self._asked = threading.Event()
        self.ruleset: Ruleset | None = self._load()

    @property
    def is_ready(self) -> bool:
        """Whether there is a ruleset, or the API was asked for one in vain."""
        return self.ruleset is not None or self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until the API was asked once."""
        return self._asked.wait(seconds)

    def refresh(self) -> bool:
        """Ask the API once; return whether it answered. A ruleset that cannot be read leaves the last good one."""
        try:
            revision = None if self.ruleset is None else self.ruleset.revision
            document = self._port.ruleset(revision)
            if document is not None:
                self.ruleset = self._compile(document)
                self._save(document)
        except (ApiAway, ApiRefused, DocumentError, KeyError, TypeError, ValueError) as error:
            logger.warning("rules: the last good ones stay: %s: %s", type(error).__name__, error)
            return False
        finally:
            self._asked.set()
        return True

    def _compile(self, document: Mapping[str, Any]) -> Ruleset:
        ruleset = read_ruleset(document, self._types)
        promotions = ruleset.promotions.values()
        missing = {one.type for one in promotions} - set(self._types)
        missing |= {name for one in promotions for name in one.eligibility.conditions} - set(self._types.conditions)
        if missing:
            logger.error("rules: no plugin here supplies %s: they never apply", ", ".join(sorted(missing)))
        return ruleset

    def _load(self) -> Ruleset | None:
        try:
            return self._compile(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return None
        except (DocumentError, KeyError, TypeError, ValueError, OSError) as error:
            logger.warning("rules: %s cannot be used: %s", self._path.name, error)
            return None

    def _save(self, document: Mapping[str, Any]) -> None:
        """Replace the file in one step, readable by the shop alone."""
        beside = self._path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(canonical_json(document))
        beside.replace(self._path)
