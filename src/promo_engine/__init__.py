"""The promotions engine: a cart, a ruleset and entitlements in; a priced cart with reasons out.

Pure: no clock, no network, no database, no float.
"""

from promo_engine.basket import Shopper
from promo_engine.bench import Benched
from promo_engine.cart import (
    MAX_CODES,
    Cart,
    Customer,
    Destination,
    Line,
    Shipping,
    code_form,
    read_cart,
    read_currency,
    read_customer,
    write_cart,
)
from promo_engine.checks import MAX_TEXT
from promo_engine.condition import CartView, Condition
from promo_engine.credits import Credit
from promo_engine.discount import Discount
from promo_engine.documents import Document, DocumentError, canonical_json, read_instant, read_json, unknown_field
from promo_engine.entitlements import (
    NO_CODES,
    UNKNOWN,
    Entitlements,
    KnownCode,
    UsesLeft,
    may_be_known,
    read_entitlements,
    write_entitlements,
)
from promo_engine.evaluation import Evaluation
from promo_engine.evaluation_check import check_evaluation
from promo_engine.evaluation_document import block_of
from promo_engine.explanation import Explanation, explain
from promo_engine.hooks import Register, RegisterCondition, RegisterObserver, hookimpl
from promo_engine.money import NO_CURRENCIES, Currency, Rounding, allocate, round_ratio
from promo_engine.needs import Need, Opportunity, Wanted
from promo_engine.personal import VALUE_STORE
from promo_engine.plugins import discover
from promo_engine.priced import PricedLine, PricedShipping
from promo_engine.pricing import Considered, consider, evaluate
from promo_engine.promotion import (
    DAYS,
    Combination,
    Eligibility,
    Hours,
    ItemMinimum,
    Limits,
    Promotion,
    Schedule,
    Status,
    first_open,
    local_day,
)
from promo_engine.promotion_document import lenient_conditions, lenient_rules
from promo_engine.promotion_type import API_VERSION, Phase, PromotionType
from promo_engine.reason import CodeResult, Reason
from promo_engine.receipt import ReceiptError, receipt_document, verify
from promo_engine.registry import (
    BrokenPluginError,
    Conditions,
    DuplicateTypeError,
    NoPromotionTypesError,
    PluginError,
    PromotionTypes,
)
from promo_engine.returns import (
    NOTHING,
    Order,
    Refund,
    Return,
    Returned,
    give_back,
    give_back_repriced,
    read_order,
    read_return,
    read_returned,
)
from promo_engine.rules import (
    Amount,
    Count,
    Factor,
    Name,
    Names,
    Percentage,
    PositiveAmount,
    Rules,
    RulesError,
    RulesPart,
    UnitRules,
    given_one,
    highest_tier,
    write_rules,
)
from promo_engine.rules_file import read_rules_file
from promo_engine.ruleset import Ruleset, read_ruleset
from promo_engine.ruleset_text import RulesetText
from promo_engine.schemas import DOCUMENTS, document_schema
from promo_engine.value_store import ValueStore, Worth, goods_of
from promo_engine.view import Bound, Flat, Goods, Off, Parcel, Points, Proposal, View, dearest_first

__all__ = [
    "API_VERSION",
    "DAYS",
    "DOCUMENTS",
    "MAX_CODES",
    "MAX_TEXT",
    "NOTHING",
    "NO_CODES",
    "NO_CURRENCIES",
    "UNKNOWN",
    "VALUE_STORE",
    "Amount",
    "Benched",
    "Bound",
    "BrokenPluginError",
    "Cart",
    "CartView",
    "CodeResult",
    "Combination",
    "Condition",
    "Conditions",
    "Considered",
    "Count",
    "Credit",
    "Currency",
    "Customer",
    "Destination",
    "Discount",
    "Document",
    "DocumentError",
    "DuplicateTypeError",
    "Eligibility",
    "Entitlements",
    "Evaluation",
    "Explanation",
    "Factor",
    "Flat",
    "Goods",
    "Hours",
    "ItemMinimum",
    "KnownCode",
    "Limits",
    "Line",
    "Name",
    "Names",
    "Need",
    "NoPromotionTypesError",
    "Off",
    "Opportunity",
    "Order",
    "Parcel",
    "Percentage",
    "Phase",
    "PluginError",
    "Points",
    "PositiveAmount",
    "PricedLine",
    "PricedShipping",
    "Promotion",
    "PromotionType",
    "PromotionTypes",
    "Proposal",
    "Reason",
    "ReceiptError",
    "Refund",
    "Register",
    "RegisterCondition",
    "RegisterObserver",
    "Return",
    "Returned",
    "Rounding",
    "Rules",
    "RulesError",
    "RulesPart",
    "Ruleset",
    "RulesetText",
    "Schedule",
    "Shipping",
    "Shopper",
    "Status",
    "UnitRules",
    "UsesLeft",
    "ValueStore",
    "View",
    "Wanted",
    "Worth",
    "allocate",
    "block_of",
    "canonical_json",
    "check_evaluation",
    "code_form",
    "consider",
    "dearest_first",
    "discover",
    "document_schema",
    "evaluate",
    "explain",
    "first_open",
    "give_back",
    "give_back_repriced",
    "given_one",
    "goods_of",
    "highest_tier",
    "hookimpl",
    "lenient_conditions",
    "lenient_rules",
    "local_day",
    "may_be_known",
    "read_cart",
    "read_currency",
    "read_customer",
    "read_entitlements",
    "read_instant",
    "read_json",
    "read_order",
    "read_return",
    "read_returned",
    "read_rules_file",
    "read_ruleset",
    "receipt_document",
    "round_ratio",
    "unknown_field",
    "verify",
    "write_cart",
    "write_entitlements",
    "write_rules",
]
