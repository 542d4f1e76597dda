"""The route tables of the Moltin contract. No path names a company: the key does.

``DELETE …/codes/{code}`` is the one path with a code in it, as the documented API has it: no log of ours shows it.
"""

from promo_contracts.moltin import carts, models, queries
from promo_contracts.routes import Route, Scope

PREFIX = "/moltin"
"""Where its document and viewer are; its paths are the published ones."""

PROMOTIONS = "/v2/promotions"
PROMOTION = f"{PROMOTIONS}/{{promotion_id}}"
CODES = f"{PROMOTION}/codes"
CODE = f"{CODES}/{{code}}"
CART = "/v2/carts/{cart_id}"
ITEMS = f"{CART}/items"
ITEM = f"{ITEMS}/{{item_id}}"
TAXES = f"{ITEM}/taxes"
TAX = f"{TAXES}/{{tax_id}}"
TOKEN_PATH = "/oauth/access_token"  # noqa: S105 - a path

PREFIXES = (PROMOTIONS, "/v2/carts", "/oauth", PREFIX)
"""What the paths of this contract begin with."""

CREATE_TOKEN = Route(
    "create_access_token",
    "POST",
    TOKEN_PATH,
    None,
    models.TokenRequest,
    models.Token,
    errors=("REQUIRED_FIELD", "INVALID_FIELD", "UNSUPPORTED_GRANT_TYPE", "UNAUTHORIZED"),
    summary="Create an access token by client id and secret",
    is_form=True,
)
CREATE_PROMOTION = Route(
    "create_promotion",
    "POST",
    PROMOTIONS,
    Scope.WRITE,
    models.PromotionCreateBody,
    models.PromotionData,
    201,
    summary="Create a promotion",
)
LIST_PROMOTIONS = Route(
    "list_promotions",
    "GET",
    PROMOTIONS,
    Scope.READ,
    response=models.PromotionList,
    query=queries.PageQuery,
    summary="List the promotions that were made here, newest first",
)
GET_PROMOTION = Route(
    "get_promotion",
    "GET",
    PROMOTION,
    Scope.READ,
    response=models.PromotionData,
    errors=("PROMOTION_NOT_FOUND",),
    summary="Get a promotion",
)
UPDATE_PROMOTION = Route(
    "update_promotion",
    "PUT",
    PROMOTION,
    Scope.WRITE,
    models.PromotionChangeBody,
    models.PromotionData,
    errors=("PROMOTION_NOT_FOUND",),
    summary="Change a promotion; one that had ended and goes on loses its codes",
)
DELETE_PROMOTION = Route(
    "delete_promotion",
    "DELETE",
    PROMOTION,
    Scope.WRITE,
    status=204,
    errors=("PROMOTION_NOT_FOUND",),
    summary="Delete a promotion and its codes",
)
CREATE_CODES = Route(
    "create_codes",
    "POST",
    CODES,
    Scope.WRITE,
    models.CodesBody,
    models.PromotionData,
    201,
    errors=("PROMOTION_NOT_FOUND", "DUPLICATE_PROMOTION_CODE"),
    summary="Give a promotion codes, all or none; the answer is the promotion",
)
LIST_CODES = Route(
    "list_codes",
    "GET",
    CODES,
    Scope.READ,
    response=models.CodeList,
    query=queries.PageQuery,
    errors=("PROMOTION_NOT_FOUND",),
    summary="List the codes of a promotion, newest first",
)
DELETE_CODES = Route(
    "delete_codes",
    "DELETE",
    CODES,
    Scope.WRITE,
    models.GoneCodesBody,
    status=204,
    errors=("PROMOTION_NOT_FOUND",),
    summary="Delete some codes of a promotion; all of them where no body is sent",
    is_body_optional=True,
)
DELETE_CODE = Route(
    "delete_code",
    "DELETE",
    CODE,
    Scope.WRITE,
    status=204,
    errors=("PROMOTION_NOT_FOUND", "CODE_NOT_FOUND"),
    summary="Delete one code of a promotion",
)
GET_CART = Route(
    "get_cart",
    "GET",
    CART,
    Scope.EVALUATE,
    response=carts.CartData,
    query=queries.CartQuery,
    errors=("MIXED_CURRENCIES",),
    summary="Get a cart and what it comes to; one that nobody has used is empty",
)
DELETE_CART = Route(
    "delete_cart", "DELETE", CART, Scope.EVALUATE, status=204, summary="Delete a cart with all that is in it"
)
LIST_ITEMS = Route(
    "list_items",
    "GET",
    ITEMS,
    Scope.EVALUATE,
    response=carts.ItemList,
    errors=("MIXED_CURRENCIES",),
    summary="List the items of a cart, and what they come to",
)
ADD_ITEM = Route(
    "add_item",
    "POST",
    ITEMS,
    Scope.EVALUATE,
    carts.ItemCreateBody,
    carts.ItemList,
    201,
    errors=("CODE_NOT_FOUND", "CART_EMPTY", "MIXED_CURRENCIES", "USAGE_LIMIT_REACHED"),
    summary="Add goods to a cart, or a code; the same code twice is one",
)
DELETE_ITEMS = Route(
    "delete_items",
    "DELETE",
    ITEMS,
    Scope.EVALUATE,
    response=carts.ItemList,
    errors=("MIXED_CURRENCIES",),
    summary="Remove all items of a cart",
)
UPDATE_ITEM = Route(
    "update_item",
    "PUT",
    ITEM,
    Scope.EVALUATE,
    carts.ItemChangeBody,
    carts.ItemList,
    errors=("ITEM_NOT_FOUND", "MIXED_CURRENCIES"),
    summary="Change the quantity of an item; 0 removes it",
)
DELETE_ITEM = Route(
    "delete_item",
    "DELETE",
    ITEM,
    Scope.EVALUATE,
    response=carts.ItemList,
    errors=("ITEM_NOT_FOUND", "MIXED_CURRENCIES"),
    summary="Remove an item, or a code, from a cart; the answer is what is left",
)
ADD_TAX = Route(
    "add_tax",
    "POST",
    TAXES,
    Scope.EVALUATE,
    carts.TaxCreateBody,
    carts.TaxData,
    201,
    errors=("ITEM_NOT_FOUND",),
    summary="Add a tax to an item",
)
DELETE_TAX = Route(
    "delete_tax",
    "DELETE",
    TAX,
    Scope.EVALUATE,
    status=204,
    errors=("ITEM_NOT_FOUND", "TAX_NOT_FOUND"),
    summary="Remove a tax from an item",
)
CHECKOUT = Route(
    "checkout",
    "POST",
    f"{CART}/checkout",
    Scope.REDEEM,
    carts.CheckoutBody,
    carts.OrderData,
    201,
    errors=("CART_EMPTY", "CART_ORDERED", "CHECKOUT_IN_FLIGHT", "MIXED_CURRENCIES"),
    summary="Make an order of a cart: its promotions are held under the order's id, the cart stays",
)

ROUTES = (
    CREATE_PROMOTION,
    LIST_PROMOTIONS,
    GET_PROMOTION,
    UPDATE_PROMOTION,
    DELETE_PROMOTION,
    CREATE_CODES,
    LIST_CODES,
    DELETE_CODES,
    DELETE_CODE,
    GET_CART,
    DELETE_CART,
    LIST_ITEMS,
    ADD_ITEM,
    DELETE_ITEMS,
    UPDATE_ITEM,
    DELETE_ITEM,
    ADD_TAX,
    DELETE_TAX,
    CHECKOUT,
)
TOKEN_ROUTES = (CREATE_TOKEN,)
"""Asks for no key: it is told one."""
