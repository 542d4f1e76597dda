"""The ruleset as shops are served it: the document's bytes, made once for each change that a shop asks after.

A process that was asked before writes only what changed since. Each revision is noted in the database before it is
served, so that grants under it can be checked later.
"""

import threading
import zlib
from collections.abc import Iterator

from promo_engine import RulesetText
from promo_server.services.context import Company, Context, load_company
from promo_server.services.revisions import note_revision
from promo_server.services.rulesets import Rulesets

LEVEL = 1
"""Of compression: a tenth of the bytes already, at a third of the time that the usual level takes."""
PORTION = 1_048_576


class Published:
    """A revision of a company's ruleset and its document, plain and compressed."""

    def __init__(self, company: Company, text: RulesetText) -> None:
        """Take the text of a ruleset, and the company as it was then."""
        self.company = company
        self.text = text
        self.revision = text.ruleset.revision
        self._compressed: bytes | None = None
        self._lock = threading.Lock()

    @property
    def document(self) -> bytes:
        """The ruleset document."""
        return self.text.content

    def compressed(self) -> bytes:
        """Return the document as gzip has it; the first who asks waits until it is made."""
        with self._lock:
            if self._compressed is None:
                self._compressed = b"".join(_gzip(self.document))
            return self._compressed


class Publisher:
    """What each company's shops are served, in this process."""

    def __init__(self, context: Context, rulesets: Rulesets) -> None:
        """Start empty."""
        self._context = context
        self._rulesets = rulesets
        self._latest: dict[str, Published] = {}
        self._locks: dict[str, threading.Lock] = {}

    def current(self, company_id: str, rules_version: int | None = None) -> Published:
        """Return what a company's shops are to have now.

        It takes no query where the caller has just seen the version of the rules, and it is the latest one.
        """
        latest = self.at_hand(company_id, rules_version)
        if latest is not None:
            return latest
        with self._locks.setdefault(company_id, threading.Lock()):
            return self._publish(company_id)

    def at_hand(self, company_id: str, rules_version: int | None) -> Published | None:
        """Return what was made of this version of the rules, if it was."""
        latest = self._latest.get(company_id)
        return latest if latest is not None and latest.company.rules_version == rules_version else None

    def _publish(self, company_id: str) -> Published:
        """Make what is served from now on, unless another thread just has."""
        latest = self._latest.get(company_id)
        with self._context.database.read() as connection:
            company = load_company(connection, company_id)
            if latest is not None and latest.company == company:
                return latest
            ruleset = self._rulesets.of(connection, company)
        note_revision(self._context, company, ruleset, None if latest is None else latest.text.ruleset)
        if latest is None or latest.revision != ruleset.revision:
            made = Published(company, RulesetText(ruleset, None if latest is None else latest.text))
        else:  # something changed that shops do not see
            made = Published(company, latest.text)
        self._latest[company_id] = made
        return made


def _gzip(content: bytes) -> Iterator[bytes]:
    # In portions, each without the interpreter's lock; always the same bytes, with no time in them.
    made = zlib.compressobj(LEVEL, wbits=zlib.MAX_WBITS | 16)
    whole = memoryview(content)
    for start in range(0, len(whole), PORTION):
        yield made.compress(whole[start : start + PORTION])
    yield made.flush()
