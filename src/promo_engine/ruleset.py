"""The published promotions of one company, compiled once; a change compiles only what it changes."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from promo_engine.bench import Bench, Benched
from promo_engine.cart import Cart, code_form
from promo_engine.compiled import Candidate, CompiledPromotion
from promo_engine.conditions import checks_of
from promo_engine.documents import Document, DocumentError, canonical_json, read_list, read_object
from promo_engine.entitlements import NO_CODES, KnownCode, may_be_known
from promo_engine.index import EMPTY, Index
from promo_engine.money import Currency, Rounding
from promo_engine.plugin_conditions import plugin_checks
from promo_engine.promotion import Combination, Promotion
from promo_engine.promotion_document import digest_of, read_promotion, write_promotion
from promo_engine.promotion_type import PromotionType
from promo_engine.registry import conditions_of, observers_of

_MODULUS = 2**256
_NOBODY: Mapping[CompiledPromotion, str] = MappingProxyType({})


class Ruleset:
    """The published promotions of one company, ready to price carts with; it does not change.

    ``revision`` names its content: the same promotions and settings give the same one, in whatever order they came.
    ``has_unlisted_codes`` says that there are codes beside those of the promotions, of which only a look-up can tell
    what they stand for; without them a code that is not here is nobody's. ``has_value_stores`` says that customers and
    codes may have value stores: then only asking tells, of codes, too.
    """

    def __init__(
        self,
        promotions: Iterable[Promotion],
        types: Mapping[str, PromotionType[Any]],
        *,
        company_id: str = "",
        time_zone: str = "UTC",
        rounding: Rounding = Rounding.HALF_UP,
        combination: Combination = Combination.BEST_FOR_CUSTOMER,
        has_unlisted_codes: bool = False,
        has_value_stores: bool = False,
    ) -> None:
        """Compile promotions.

        Raises:
            DocumentError: two promotions have one id, or codes of one form.
        """
        self.company_id = company_id
        self.zone = ZoneInfo(time_zone)
        self.rounding = rounding
        self.combination = combination
        self.has_unlisted_codes = has_unlisted_codes or has_value_stores
        self.has_value_stores = has_value_stores
        self._types = types
        self._conditions = conditions_of(types)
        self.types, self.conditions = self.versions, self.condition_versions
        self._has_amounts = False
        self._bench = Bench(types)
        self.observers = observers_of(types)
        self._compiled: dict[str, CompiledPromotion] = {}
        for promotion in promotions:
            if promotion.id in self._compiled:
                raise DocumentError("promotions", f"two have the id {promotion.id}")
            self._compiled[promotion.id] = self._compile(promotion)
        self._index: Index = EMPTY.changed((), self._compiled.values())
        self._revision: str | None = None
        self._digest: int | None = None

    @property
    def promotions(self) -> Mapping[str, Promotion]:
        """The promotions by id."""
        return _Promotions(self._compiled)

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of the promotion types that are here; those of ``types`` are the ones that a document states."""
        return {name: self._types[name].version for name in sorted(self._types)}

    @property
    def condition_versions(self) -> Mapping[str, str]:
        """The versions of the conditions that are here."""
        return {name: self._conditions[name].version for name in sorted(self._conditions)}

    @property
    def benched(self) -> tuple[Benched, ...]:
        """The types and conditions that failed in too many evaluations in a row to be asked any more."""
        return self._bench.benched()

    @property
    def revision(self) -> str:
        """The name of this content."""
        if self._revision is None:
            header = canonical_json(self._header())
            self._revision = hashlib.sha256(header + self._sum_of_digests().to_bytes(32)).hexdigest()[:32]
        return self._revision

    def candidates(self, cart: Cart, codes: Mapping[str, KnownCode | None] = NO_CODES) -> list[Candidate]:
        """Return the promotions to look at for a cart, in order of application: automatic ones and those asked for."""
        found = self._index.candidates(cart, self._asked(cart, codes) if cart.codes else _NOBODY)
        return [one.in_currency(cart) for one in found] if self._has_amounts else found

    def every_candidate(self, cart: Cart, codes: Mapping[str, KnownCode | None] = NO_CODES) -> list[Candidate]:
        """Return all promotions, in order of application, as if the cart had asked for each."""
        asked = self._asked(cart, codes)
        ordered = sorted(self._compiled.values(), key=lambda one: one.order)
        every = [Candidate(one, asked.get(one), one.matching(cart.basket)) for one in ordered]
        return [one.in_currency(cart) for one in every]

    def by_code(self, code: str) -> Promotion | None:
        """Return the promotion of a code in any of its forms."""
        compiled = self._index.by_code(code)
        return compiled.promotion if compiled else None

    def unlisted(self, cart: Cart) -> tuple[str, ...]:
        """Return the forms of a cart's codes of which only a look-up can tell what they stand for.

        >>> from promo_engine.testing import a_cart, a_ruleset, percent_off
        >>> ruleset = a_ruleset(percent_off(20, code="SPRING20"), has_unlisted_codes=True)
        >>> ruleset.unlisted(a_cart(("MILK", 500), codes=["spring20", " Q7-XK "]))
        ('q7-xk',)
        """
        if not (cart.codes and self.has_unlisted_codes):
            return ()
        forms = [code_form(code) for code in cart.codes if self._index.by_code(code) is None]
        return tuple(sorted(filter(may_be_known, forms)))

    def known_of(self, cart: Cart, codes: Mapping[str, KnownCode | None]) -> Mapping[str, KnownCode | None]:
        """Return what is known of a cart's codes beside those of the promotions: nothing can stand in for these."""
        forms = [code_form(code) for code in cart.codes if self._index.by_code(code) is None]
        return {form: codes[form] for form in forms if form in codes} or NO_CODES

    def _asked(self, cart: Cart, codes: Mapping[str, KnownCode | None]) -> Mapping[CompiledPromotion, str]:
        """Return the promotions that a cart's codes ask for, and by which one.

        Of several codes of a promotion it is its own, or else one that is not used up. Without such a one, a promotion
        that applies by itself is not asked for at all.
        """
        asked = {one: code for code in cart.codes if (one := self._index.by_code(code)) is not None}
        if codes:
            given = {code_form(code): code for code in cart.codes}
            known = [
                (one.is_used_up, form, one.promotion_id)
                for form, one in codes.items()
                if one and not one.is_value_store
            ]
            for is_used_up, form, promotion_id in sorted(known):
                compiled = self._compiled.get(promotion_id)
                if compiled is not None and not (is_used_up and compiled.promotion.auto_apply):
                    asked.setdefault(compiled, given[form])
        return asked

    def changed(self, *promotions: Promotion, removed: Iterable[str] = ()) -> "Ruleset":
        """Return this ruleset with some promotions added or replaced, and others removed by id.

        >>> from promo_engine.testing import a_ruleset, percent_off
        >>> ruleset = a_ruleset(percent_off(10, id="a"), percent_off(20, id="b"))
        >>> changed = ruleset.changed(percent_off(30, id="c"), removed=["a"])
        >>> sorted(changed.promotions), changed.revision == a_ruleset(*changed.promotions.values()).revision
        (['b', 'c'], True)
        """
        other = object.__new__(Ruleset)
        other.__dict__.update(self.__dict__)
        added = {promotion.id: other._compile(promotion) for promotion in promotions}
        gone = [self._compiled[one] for one in {*added, *removed} if one in self._compiled]
        other._compiled = {**self._compiled, **added}
        for one in removed:
            other._compiled.pop(one, None)
        other._index = self._index.changed(gone, added.values())
        other._revision = None
        if self._digest is not None:
            difference = sum(one.digest for one in added.values()) - sum(one.digest for one in gone)
            other._digest = (self._digest + difference) % _MODULUS
        return other

    def document(self) -> Document:
        """Return the ruleset document, its revision included."""
        promotions = [write_promotion(self._compiled[one].promotion) for one in sorted(self._compiled)]
        return {**self.heading(), "promotions": promotions}

    def heading(self) -> Document:
        """Return the ruleset document without its promotions."""
        return {**self._header(), "revision": self.revision}

    def _header(self) -> Document:
        header: Document = {
            "company_id": self.company_id,
            "time_zone": self.zone.key,
            "rounding": self.rounding.value,
            "combination": self.combination.value,
            "types": self.types,
            "conditions": self.conditions,
        }
        header |= {"unlisted_codes": True} if self.has_unlisted_codes else {}
        return header | {"value_stores": True} if self.has_value_stores else header

    def _sum_of_digests(self) -> int:
        """Return the sum of the promotions' digests: it can be kept up to date without looking at all of them."""
        if self._digest is None:
            self._digest = sum(compiled.digest for compiled in self._compiled.values()) % _MODULUS
        return self._digest

    def _compile(self, promotion: Promotion) -> CompiledPromotion:
        own = promotion.currency
        compiled = self._compile_one(promotion, own)
        others = {one.currency: self._compile_one(one, own) for one in promotion.in_other_currencies()}
        if others:
            compiled.others = others
            self._has_amounts = True
        return compiled

    def _compile_one(self, promotion: Promotion, currency: Currency) -> CompiledPromotion:
        compiled = CompiledPromotion(promotion, self._types)
        compiled.standing = self._bench.of_type(promotion.type)
        named = plugin_checks(promotion, currency, self._conditions, self._bench)
        compiled.checks = (*checks_of(compiled), *named)
        return compiled


class _Promotions(Mapping[str, Promotion]):
    """A view of compiled promotions as the promotions that they are."""

    def __init__(self, compiled: Mapping[str, CompiledPromotion]) -> None:
        self._compiled = compiled

    def __getitem__(self, promotion_id: str) -> Promotion:
        return self._compiled[promotion_id].promotion

    def __iter__(self) -> Iterator[str]:
        return iter(self._compiled)

    def __len__(self) -> int:
        return len(self._compiled)


def read_ruleset(document: object, types: Mapping[str, PromotionType[Any]]) -> Ruleset:
    """Compile a ruleset document; its revision must be that of its content.

    A promotion whose type, or one of whose conditions, no plugin here supplies is kept without effect; its reason is
    ``type_missing``. What is there in another version than where the document was written is used as it is here.

    Raises:
        DocumentError: the document is not lawful, or was changed after it was written.
    """
    names = ["company_id", "time_zone", "rounding", "combination", "types", "conditions", "promotions", "revision"]
    content = read_object(document, "", required=names, optional=["unlisted_codes", "value_stores"])
    ruleset = Ruleset(
        (read_promotion(one, types) for one in read_list(content["promotions"], "promotions")),
        types,
        company_id=content["company_id"],
        time_zone=content["time_zone"],
        rounding=Rounding(content["rounding"]),
        combination=Combination(content["combination"]),
        has_unlisted_codes=content.get("unlisted_codes", False),
        has_value_stores=content.get("value_stores", False),
    )
    ruleset.types, ruleset.conditions = dict(content["types"]), dict(content["conditions"])
    ruleset._digest = sum(map(digest_of, content["promotions"])) % _MODULUS
    if ruleset.revision != content["revision"]:
        raise DocumentError("revision", "is not the revision of this content")
    return ruleset
