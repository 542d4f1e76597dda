"""The route table of the value-store API. No path names a company: the key does. No path and no query names a code."""

from promo_contracts.lightrail import models, queries, transactions
from promo_contracts.routes import Route, Scope

PREFIX = "/v2"
CUSTOMERS = f"{PREFIX}/customers"
CUSTOMER = f"{CUSTOMERS}/{{customerId}}"
PROGRAMS = f"{PREFIX}/programs"
PROGRAM = f"{PROGRAMS}/{{programId}}"
VALUE_STORES = f"{PREFIX}/valueStores"
VALUE_STORE = f"{VALUE_STORES}/{{valueStoreId}}"
CODE = f"{VALUE_STORE}/code"
ATTACHED = f"{VALUE_STORE}/customer"
CURRENCIES = f"{PREFIX}/currencies"
CURRENCY = f"{CURRENCIES}/{{code}}"
TRANSACTIONS = f"{PREFIX}/transactions"
TRANSACTION = f"{TRANSACTIONS}/{{transactionId}}"

_UNUSABLE = (
    "InvalidParty",
    "WrongCurrency",
    "ValueCanceled",
    "ValueFrozen",
    "ValueInactive",
    "ValueNotStarted",
    "ValueEnded",
)
_TAKES = ("NullBalance", "NullUses", "InsufficientBalance", "InsufficientUsesRemaining")
_WAITS = ("PendingDurationTooSmall", "PendingDurationTooLarge")
_RULES = ("RedemptionRuleSyntaxError", "ValueRuleSyntaxError")
_SETTLED = ("TransactionNotFound", "TransactionNotPending", "TransactionCaptured", "TransactionVoided")


def _listing(name: str, path: str, answer: type, query: type[queries.ListQuery], said: str) -> Route:
    return Route(name, "GET", path, Scope.READ, response=answer, query=query, summary=said)


def _deletion(name: str, path: str, said: str, *errors: str) -> Route:
    return Route(name, "DELETE", path, Scope.WRITE, response=models.Success, errors=errors, summary=said)


CREATE_CUSTOMER = Route(
    "create_customer",
    "POST",
    CUSTOMERS,
    Scope.WRITE,
    models.CustomerCreate,
    models.Customer,
    201,
    errors=("ContactIdExists",),
    summary="Create a customer",
)
LIST_CUSTOMERS = _listing(
    "list_customers", CUSTOMERS, models.CustomerList, queries.CustomerQuery, "List customers, newest first"
)
GET_CUSTOMER = Route(
    "get_customer",
    "GET",
    CUSTOMER,
    Scope.READ,
    response=models.Customer,
    errors=("ContactNotFound",),
    summary="Get a customer",
)
UPDATE_CUSTOMER = Route(
    "update_customer",
    "PUT",
    CUSTOMER,
    Scope.WRITE,
    models.CustomerUpdate,
    models.Customer,
    errors=("ContactNotFound",),
    summary="Change fields of a customer; what is not sent stays",
)
DELETE_CUSTOMER = _deletion(
    "delete_customer",
    CUSTOMER,
    "Delete a customer to whom no value store is attached",
    "ContactNotFound",
    "ContactInUse",
)
CREATE_PROGRAM = Route(
    "create_program",
    "POST",
    PROGRAMS,
    Scope.WRITE,
    models.ProgramCreate,
    models.Program,
    201,
    errors=("ProgramIdExists", "CurrencyNotFound", *_RULES),
    summary="Create a program: a template of value stores",
)
LIST_PROGRAMS = _listing(
    "list_programs", PROGRAMS, models.ProgramList, queries.ProgramQuery, "List programs, newest first"
)
GET_PROGRAM = Route(
    "get_program",
    "GET",
    PROGRAM,
    Scope.READ,
    response=models.Program,
    errors=("ProgramNotFound",),
    summary="Get a program",
)
UPDATE_PROGRAM = Route(
    "update_program",
    "PATCH",
    PROGRAM,
    Scope.WRITE,
    models.ProgramUpdate,
    models.Program,
    errors=("ProgramNotFound",),
    summary="Change fields of a program, all or none; its value stores stay as they are",
)
DELETE_PROGRAM = _deletion(
    "delete_program", PROGRAM, "Delete a program that no value store is of", "ProgramNotFound", "ProgramInUse"
)
CREATE_VALUE_STORE = Route(
    "create_value_store",
    "POST",
    VALUE_STORES,
    Scope.WRITE,
    models.ValueStoreCreate,
    models.ValueStore,
    201,
    query=queries.CodeQuery,
    errors=(
        "ValueIdExists",
        "ValueCodeExists",
        "ContactNotFound",
        "ProgramNotFound",
        "ProgramInactive",
        "ProgramConstraint",
        "CurrencyNotFound",
        "WrongCurrency",
        "ValueAccess",
        "SecretCodesOff",
        *_RULES,
    ),
    summary="Create a value store",
)
LIST_VALUE_STORES = _listing(
    "list_value_stores",
    VALUE_STORES,
    models.ValueStoreList,
    queries.ValueStoreQuery,
    "List value stores, newest first",
)
GET_VALUE_STORE = Route(
    "get_value_store",
    "GET",
    VALUE_STORE,
    Scope.READ,
    response=models.ValueStore,
    errors=("ValueNotFound",),
    summary="Get a value store",
)
UPDATE_VALUE_STORE = Route(
    "update_value_store",
    "PATCH",
    VALUE_STORE,
    Scope.WRITE,
    models.ValueStoreUpdate,
    models.ValueStore,
    errors=("ValueNotFound", *_RULES),
    summary="Change fields of a value store, all or none; never what it holds",
)
DELETE_VALUE_STORE = _deletion(
    "delete_value_store",
    VALUE_STORE,
    "Delete a value store that nothing but its creation has moved",
    "ValueNotFound",
    "ValueInUse",
)
GET_CODE = Route(
    "get_code",
    "GET",
    CODE,
    Scope.READ,
    response=models.CodeShown,
    query=queries.CodeQuery,
    errors=("ValueNotFound", "ValueCodeNotFound", "SecretCodesOff"),
    summary="Get the code of a value store; of a secret one its last four characters",
)
SET_CODE = Route(
    "set_code",
    "PUT",
    CODE,
    Scope.WRITE,
    models.CodeSet,
    models.CodeShown,
    query=queries.CodeQuery,
    errors=("ValueNotFound", "ValueCodeExists", "ValueAccess", "SecretCodesOff"),
    summary="Give a value store a code, in place of the one that it has",
)
DELETE_CODE = _deletion("delete_code", CODE, "Take the code of a value store away", "ValueNotFound")
GET_ATTACHED = Route(
    "get_value_store_customer",
    "GET",
    ATTACHED,
    Scope.READ,
    response=models.CustomerShown,
    errors=("ValueNotFound", "ContactNotFound"),
    summary="Get the customer that a value store is attached to",
)
ATTACH = Route(
    "attach_value_store",
    "PUT",
    ATTACHED,
    Scope.WRITE,
    models.CustomerSet,
    models.CustomerShown,
    errors=("ValueNotFound", "ContactNotFound", "ValueAccess"),
    summary="Attach a value store to a customer",
)
DETACH = _deletion("detach_value_store", ATTACHED, "Detach a value store from its customer", "ValueNotFound")
ORDER = Route(
    "process_order",
    "POST",
    f"{TRANSACTIONS}/orders",
    Scope.REDEEM,
    transactions.OrderRequest,
    transactions.Transaction,
    201,
    errors=(
        "TransactionExists",
        "CurrencyNotFound",
        "InsufficientBalance",
        "StripeAmountTooSmall",
        "NoPaymentPort",
        "RuleTooCostly",
        *_WAITS,
    ),
    summary="Process an order: discounts, tax, and what each source pays; 200 if it is simulated",
    status_unstored=200,
)
DEBIT = Route(
    "debit",
    "POST",
    f"{TRANSACTIONS}/debit",
    Scope.REDEEM,
    transactions.DebitRequest,
    transactions.Transaction,
    201,
    errors=("TransactionExists", *_UNUSABLE, *_TAKES, *_WAITS),
    summary="Take an amount out of a value store; 200 if it is simulated",
    status_unstored=200,
)
CREDIT = Route(
    "credit",
    "POST",
    f"{TRANSACTIONS}/credit",
    Scope.WRITE,
    transactions.CreditRequest,
    transactions.Transaction,
    201,
    errors=("TransactionExists", *_UNUSABLE, "NullBalance", "NullUses", "ValueBalanceTooLarge"),
    summary="Put an amount into a value store; 200 if it is simulated",
    status_unstored=200,
)
TRANSFER = Route(
    "transfer",
    "POST",
    f"{TRANSACTIONS}/transfer",
    Scope.REDEEM,
    transactions.TransferRequest,
    transactions.Transaction,
    201,
    errors=("TransactionExists", *_UNUSABLE, "NullBalance", "InsufficientBalance", "ValueBalanceTooLarge"),
    summary="Move an amount from one value store to another; 200 if it is simulated",
    status_unstored=200,
)
LIST_TRANSACTIONS = _listing(
    "list_transactions",
    TRANSACTIONS,
    transactions.TransactionList,
    queries.TransactionQuery,
    "List transactions, newest first",
)
GET_TRANSACTION = Route(
    "get_transaction",
    "GET",
    TRANSACTION,
    Scope.READ,
    response=transactions.Transaction,
    errors=("TransactionNotFound",),
    summary="Get a transaction",
)
CAPTURE = Route(
    "capture",
    "POST",
    f"{TRANSACTION}/capture",
    Scope.REDEEM,
    transactions.SettleRequest,
    transactions.Transaction,
    201,
    errors=(*_SETTLED, "TransactionExists", "ValueFrozen"),
    summary="Keep what a pending transaction took; 200 and the transaction itself where no body is sent",
    is_body_optional=True,
    status_unstored=200,
)
VOID = Route(
    "void",
    "POST",
    f"{TRANSACTION}/void",
    Scope.REDEEM,
    transactions.SettleRequest,
    transactions.Transaction,
    201,
    errors=(*_SETTLED, "TransactionExists", "ValueInactive"),
    summary="Give back what a pending transaction took; 200 and the transaction itself where no body is sent",
    is_body_optional=True,
    status_unstored=200,
)
REVERSE = Route(
    "reverse",
    "POST",
    f"{TRANSACTION}/reverse",
    Scope.WRITE,
    transactions.ReverseRequest,
    transactions.Transaction,
    201,
    errors=(
        "TransactionNotFound",
        "TransactionExists",
        "TransactionPending",
        "TransactionVoided",
        "TransactionReversed",
        "TransactionNotReversible",
        "ValueFrozen",
        "ValueInactive",
        "InsufficientBalance",
        "InsufficientUsesRemaining",
    ),
    summary="Undo a transaction that is done; 200 if it is simulated",
    status_unstored=200,
)


def _unchanging(method: str, name: str, error: str) -> Route:
    return Route(
        name,
        method,
        TRANSACTION,
        Scope.READ,
        errors=(error,),
        summary="Refused: a transaction stays as it is; reverse it",
    )


MODIFY_TRANSACTION = _unchanging("PATCH", "modify_transaction", "CannotModifyTransaction")
DELETE_TRANSACTION = _unchanging("DELETE", "delete_transaction", "CannotDeleteTransaction")
CREATE_CURRENCY = Route(
    "create_currency",
    "POST",
    CURRENCIES,
    Scope.WRITE,
    models.CurrencyCreate,
    models.Currency,
    201,
    errors=("CurrencyExists",),
    summary="Create a currency",
)
LIST_CURRENCIES = Route(
    "list_currencies", "GET", CURRENCIES, Scope.READ, response=models.CurrencyList, summary="List currencies"
)
GET_CURRENCY = Route(
    "get_currency",
    "GET",
    CURRENCY,
    Scope.READ,
    response=models.Currency,
    errors=("CurrencyNotFound",),
    summary="Get a currency",
)
UPDATE_CURRENCY = Route(
    "update_currency",
    "PATCH",
    CURRENCY,
    Scope.WRITE,
    models.CurrencyUpdate,
    models.Currency,
    errors=("CurrencyNotFound",),
    summary="Change the name or symbol of a currency",
)
DELETE_CURRENCY = _deletion(
    "delete_currency", CURRENCY, "Delete a currency that nothing is in", "CurrencyNotFound", "CurrencyInUse"
)

ROUTES = (
    CREATE_CUSTOMER,
    LIST_CUSTOMERS,
    GET_CUSTOMER,
    UPDATE_CUSTOMER,
    DELETE_CUSTOMER,
    CREATE_PROGRAM,
    LIST_PROGRAMS,
    GET_PROGRAM,
    UPDATE_PROGRAM,
    DELETE_PROGRAM,
    CREATE_VALUE_STORE,
    LIST_VALUE_STORES,
    GET_VALUE_STORE,
    UPDATE_VALUE_STORE,
    DELETE_VALUE_STORE,
    GET_CODE,
    SET_CODE,
    DELETE_CODE,
    GET_ATTACHED,
    ATTACH,
    DETACH,
    ORDER,
    DEBIT,
    CREDIT,
    TRANSFER,
    LIST_TRANSACTIONS,
    GET_TRANSACTION,
    MODIFY_TRANSACTION,
    DELETE_TRANSACTION,
    CAPTURE,
    VOID,
    REVERSE,
    CREATE_CURRENCY,
    LIST_CURRENCIES,
    GET_CURRENCY,
    UPDATE_CURRENCY,
    DELETE_CURRENCY,
)
