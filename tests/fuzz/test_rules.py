"""Any text is a rule or a clear error: some here; ``python3 dev.py fuzz rules`` tries 100,000."""

from tests.fuzz.rules import run


def test_any_text_gives_a_result_or_a_clear_error_in_bounded_steps() -> None:
    found = run(2_000, seed=1)
    assert found.failures == []
    assert min(found.outcomes[name] for name in ("results", "syntax errors", "limits")) > 50
