// Vendure as a peer: its OrderCalculator.applyPriceAdjustments, with what it would ask a database for in memory.

import { answer, require } from "./peer.mjs";

require("reflect-metadata");
const core = require("@vendure/core");
const config = "@vendure/core/dist/config";
const { orderFixedDiscount } = require(`${config}/promotion/actions/order-fixed-discount-action`);
const { DefaultOrderTaxCalculationStrategy } = require(`${config}/tax/default-order-tax-calculation-strategy`);
const { Order, OrderLine, ProductVariant, Promotion, PromotionCondition, PromotionItemAction } = core;

const description = [{ languageCode: "en", value: "" }];
const text = { type: "string" };
const number = { type: "float" };

const isOf = (line, category) => line.productVariant.customFields.category === category;

const categoryInCart = new PromotionCondition({
  code: "category_in_cart",
  description,
  args: { category: text },
  check: (_, order, { category }) => order.lines.some((line) => isOf(line, category)),
});
const skuInCart = new PromotionCondition({
  code: "sku_in_cart",
  description,
  args: { sku: text },
  check: (_, order, { sku }) => order.lines.some((line) => line.productVariant.sku === sku),
});
// The condition says how many units of which line are free: its state goes to the action.
const buyTwo = new PromotionCondition({
  code: "buy_two",
  description,
  args: { category: text },
  check(_, order, { category }) {
    const lines = order.lines.filter((line) => isOf(line, category));
    let left = Math.floor(lines.reduce((sum, { quantity }) => sum + quantity, 0) / 3);
    if (left === 0) return false;
    const free = {};
    for (const line of lines.sort((one, two) => one.unitPrice - two.unitPrice)) {
      free[line.id] = Math.min(line.quantity, left);
      left -= free[line.id];
    }
    return { free };
  },
});
const percentOffCategory = new PromotionItemAction({
  code: "percent_off_category",
  description,
  args: { category: text, percentage: number },
  execute: (_, line, { category, percentage }) => (isOf(line, category) ? (-line.unitPrice * percentage) / 100 : 0),
});
const percentOffSku = new PromotionItemAction({
  code: "percent_off_sku",
  description,
  args: { sku: text, percentage: number },
  execute: (_, line, { sku, percentage }) =>
    line.productVariant.sku === sku ? (-line.unitPrice * percentage) / 100 : 0,
});
const getOne = new PromotionItemAction({
  code: "get_one",
  description,
  args: {},
  conditions: [buyTwo],
  execute: (_, line, __, { buy_two: { free } }) => (-line.unitPrice * (free[line.id] ?? 0)) / line.quantity,
});

const promotionConditions = [categoryInCart, skuInCart, buyTwo];
const promotionActions = [percentOffCategory, percentOffSku, getOne, orderFixedDiscount];

function operation(code, args) {
  return { code, args: Object.entries(args).map(([name, value]) => ({ name, value: String(value) })) };
}

function operationsOf({ kind, category, sku, value }) {
  if (kind === "pct_sku") {
    return [operation("sku_in_cart", { sku }), operation("percent_off_sku", { sku, percentage: value })];
  }
  if (kind === "b2g1") return [operation("buy_two", { category }), operation("get_one", {})];
  const condition = operation("category_in_cart", { category });
  if (kind === "fixed_cart") return [condition, operation("order_fixed_discount", { discount: value })];
  return [condition, operation("percent_off_category", { category, percentage: value })];
}

function promotionOf(promotion) {
  const [condition, action] = operationsOf(promotion);
  return new Promotion({
    id: promotion.id,
    name: promotion.id,
    conditions: [condition],
    promotionConditions,
    actions: [action],
    promotionActions,
    couponCode: null,
    startsAt: null,
    endsAt: null,
    enabled: true,
  });
}

const zone = new core.Zone({ id: "z", name: "z" });
const taxCategory = new core.TaxCategory({ id: "t", name: "t" });
const taxRate = new core.TaxRate({
  id: "r", name: "r", value: 0, enabled: true, zone, zoneId: "z", category: taxCategory, categoryId: "t",
});
const context = new core.RequestContext({
  apiType: "shop",
  channel: new core.Channel({ id: 1, defaultTaxZone: zone, pricesIncludeTax: false }),
  authorizedAsOwnerOnly: false,
  languageCode: "en",
  isAuthorized: true,
  session: {},
});

function orderOf(lines) {
  const fixed = { taxCategory, taxCategoryId: "t", orderPlacedQuantity: 0, listPriceIncludesTax: false };
  const lineOf = ({ id, sku, category, quantity, price }) => {
    const productVariant = new ProductVariant({ id: sku, sku, customFields: { category } });
    return new OrderLine({ id, quantity, listPrice: price, taxLines: [], adjustments: [], productVariant, ...fixed });
  };
  const empty = { couponCodes: [], shippingLines: [], surcharges: [], modifications: [], promotions: [] };
  return new Order({ id: "o", lines: lines.map(lineOf), ...empty });
}

function calculator() {
  const taxOptions = {
    taxZoneStrategy: { determineTaxZone: () => zone },
    orderTaxCalculationStrategy: new DefaultOrderTaxCalculationStrategy(),
    taxLineCalculationStrategy: { calculate: () => [{ description: "r", taxRate: 0 }] },
  };
  return new core.OrderCalculator(
    { orderOptions: core.defaultConfig.orderOptions, taxOptions },
    { getAllWithMembers: async () => [zone] },
    { getApplicableTaxRate: async () => taxRate },
    { findOne: async () => undefined },
    { getEligibleShippingMethods: async () => [] },
    { get: async (_, __, compute) => compute() },
  );
}

await core.ensureConfigLoaded();
const orderCalculator = calculator();

await answer(`Vendure ${core.VENDURE_VERSION}`, {
  Vendure({ lines, promotions }) {
    const order = orderOf(lines);
    const given = promotions.map(promotionOf);
    const run = () => orderCalculator.applyPriceAdjustments(context, order, given, [], { recalculateShipping: false });
    const before = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
    const applied = () => ({ applied: order.promotions.map(({ id }) => id), off: before - order.subTotal });
    return { run, applied };
  },
});
