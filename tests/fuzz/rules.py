"""``python3 dev.py fuzz rules [N [SEED]]``: each text gives a result or a clear error, in bounded steps."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from time import perf_counter, process_time

from promo_server.expressions import MAX_STEPS, RuleLimitError, RuleSyntaxError, Steps, parse_rule, values
from tests.fuzz.rule_texts import a_text


def _deep(levels: int) -> object:
    nested: object = 1
    for level in range(levels):
        nested = [nested, 2] if level % 2 else {"a": nested}
    return nested


NAMES: Mapping[str, object] = {
    "currentLineItem": {"unitPrice": 500, "tags": ["a", "b"], "lineTotal": {"subtotal": 1000, "remainder": 900}},
    "lineItems": [{"lineTotal": {"subtotal": 100 * i, "discount": i % 2}} for i in range(20)],
    "totals": {"subtotal": 20_000},
    "metadata": {"x": None, "y": [True, 0.1, "12"], "deep": _deep(30)},
    "value": {"balanceChange": -50, "metadata": None},
    "deep": [_deep(500)],
    "wide": list(range(300)),
    "long": "ab" * 100_000,
    "nan": [float("nan"), float("inf"), Decimal("-Infinity"), Decimal("1e-9999"), Decimal("sNaN"), -0.0],
    "huge": [10**4000, -(10**400), Decimal("1e400000"), object()],
}
"""What the rules speak of: an order, and what else a document could hold."""


@dataclass
class Found:
    """How the texts ended, the most steps that one took, and what broke the promise."""

    outcomes: Counter[str] = field(default_factory=Counter)
    most_steps: int = 0
    slowest: tuple[float, str] = (0.0, "")
    failures: list[str] = field(default_factory=list)


def run(count: int, seed: int, start: int = 0, found: Found | None = None) -> Found:
    """Try so many texts, from this one on; the same seed makes the same texts. What was found before is added to."""
    found = found or Found()
    for number in range(start, start + count):
        text = a_text(Random(f"{seed}/{number}"))
        started = process_time()
        try:
            found.outcomes[_outcome(text, found)] += 1
        except Exception as error:  # noqa: BLE001 that there is no other is what this shows
            found.failures.append(f"text {number}: {text!r}: {error!r}")
        found.slowest = max(found.slowest, (process_time() - started, text))
    return found


def _outcome(text: str, found: Found) -> str:
    steps = Steps()
    try:
        result = parse_rule(text).evaluate(NAMES, steps)
        assert result is None or isinstance(result, bool | str | Decimal | list | tuple | Mapping)
        assert isinstance(values.number(result), Decimal)
        assert isinstance(values.truth(result), bool)
        assert steps.taken <= MAX_STEPS
        found.most_steps = max(found.most_steps, steps.taken)
    except RuleSyntaxError as error:
        _check_place(error, text)
        return "syntax errors"
    except RuleLimitError:
        return "limits"
    return "results"


def _check_place(error: RuleSyntaxError, text: str) -> None:
    """Check that a syntax error stands in the text, or right behind it."""
    lines = text.split("\n")
    assert 1 <= error.row <= len(lines)
    assert 1 <= error.column <= len(lines[error.row - 1]) + 1
    assert error.message


def main(count: int = 100_000, seed: int = 20_180_503) -> int:
    """Run, and print what was found."""
    print(f"{count} texts, seed {seed}", flush=True)
    started = perf_counter()
    found = Found()
    for start in range(0, count, 10_000):
        run(min(10_000, count - start), seed, start, found)
        print(f"{found.outcomes.total()} ended well", flush=True)
    for failure in found.failures:
        print(failure)
    outcomes = ", ".join(f"{number} {name}" for name, number in found.outcomes.most_common())
    seconds, text = found.slowest
    print(f"{outcomes} in {perf_counter() - started:.0f} s; {len(found.failures)} failures")
    print(
        f"at most {found.most_steps} steps for a result; the slowest took {seconds * 1000:.0f} ms of CPU: {text[:99]!r}"
    )
    return 1 if found.failures else 0
