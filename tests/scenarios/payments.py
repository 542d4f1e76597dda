"""Payment providers of few lines: one that is asked for an intent first, and one to whose page a shopper is sent."""

from dataclasses import dataclass, field

from promo_middleware import Hold


@dataclass
class Intents:
    """A provider that fixes the amount before there is an order; the same reference again changes it."""

    amounts: dict[str, int] = field(default_factory=dict)
    captured: dict[str, int] = field(default_factory=dict)

    def create(self, hold: Hold) -> int:
        """Fix what is due."""
        self.amounts[hold.reference] = hold.amount_due
        return hold.amount_due

    def capture(self, reference: str) -> int:
        """Take the money; return how much."""
        assert reference not in self.captured, "captured twice"
        self.captured[reference] = self.amounts[reference]
        return self.captured[reference]
