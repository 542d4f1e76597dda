"""A ruleset's document as bytes: after a change only what changed is written, and the rest taken as it stood."""

from collections.abc import Iterator

from promo_engine.documents import canonical_json
from promo_engine.promotion_document import write_promotion
from promo_engine.ruleset import Ruleset

_NONE = b'"promotions":[]'


class RulesetText:
    """The canonical JSON of a ruleset's document; it does not change.

    >>> from promo_engine.testing import a_ruleset, percent_off
    >>> ruleset = a_ruleset(percent_off(10, id="a"), percent_off(20, id="b"))
    >>> text = RulesetText(ruleset)
    >>> changed = ruleset.changed(percent_off(30, id="c"), removed=["a"])
    >>> RulesetText(changed, text).content == canonical_json(changed.document())
    True
    """

    __slots__ = ("_places", "content", "ruleset")

    def __init__(self, ruleset: Ruleset, before: "RulesetText | None" = None) -> None:
        """Write a ruleset; promotions that an earlier text has as well are copied from there."""
        self.ruleset = ruleset
        self._places: dict[str, tuple[int, int]] = {}
        head, _, tail = canonical_json({**ruleset.heading(), "promotions": []}).partition(_NONE)
        head += _NONE[:-1]
        pieces = list(self._pieces(len(head), before))
        self.content: bytes = b"".join([head, b",".join(pieces), _NONE[-1:], tail])

    def _pieces(self, at: int, before: "RulesetText | None") -> Iterator[bytes | memoryview]:
        """Yield each promotion in order, and note where it stands: the first one ``at`` this place."""
        promotions = self.ruleset.promotions
        known = before.ruleset.promotions if before else {}
        there = memoryview(before.content if before else b"")
        for one in sorted(promotions):
            promotion = promotions[one]
            piece: bytes | memoryview
            if before is not None and known.get(one) is promotion:
                start, end = before._places[one]
                piece = there[start:end]
            else:
                piece = canonical_json(write_promotion(promotion))
            self._places[one] = (at, at + len(piece))
            at += len(piece) + 1
            yield piece
