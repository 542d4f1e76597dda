"""The text of a ruleset is its canonical document, whatever it was before."""

from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Ruleset, RulesetText, canonical_json
from promo_engine.testing import a_ruleset, percent_off

ids = st.sampled_from("abcdefgh")
changes = st.lists(
    st.tuples(st.dictionaries(ids, st.integers(1, 99), max_size=4), st.sets(ids, max_size=3)), max_size=5
)


def document_of(ruleset: Ruleset) -> bytes:
    return canonical_json(ruleset.document())


def test_a_ruleset_without_promotions_has_a_text() -> None:
    assert RulesetText(a_ruleset()).content == document_of(a_ruleset())


@given(changes)
def test_after_each_of_many_changes_it_is_the_document(changed: list[tuple[dict[str, int], set[str]]]) -> None:
    ruleset = a_ruleset(percent_off(10, id="a"), percent_off(20, id="h"))
    text = RulesetText(ruleset)
    for added, removed in changed:
        promotions = [percent_off(value, id=one, name=f"{value} – ½ off") for one, value in added.items()]
        ruleset = ruleset.changed(*promotions, removed=removed - added.keys())
        text = RulesetText(ruleset, text)
        assert text.content == document_of(ruleset)


def test_an_earlier_text_stays_as_it_was() -> None:
    before = RulesetText(a_ruleset(percent_off(10, id="a")))
    content = bytes(before.content)
    RulesetText(before.ruleset.changed(percent_off(30, id="b")), before)
    assert before.content == content
