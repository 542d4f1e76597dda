// Medusa as a peer: what its promotion module computes once the promotions are read from the database.

import { answer, require } from "./peer.mjs";

const { ComputeActionUtils, areRulesValidForContext } = require("@medusajs/promotion/dist/utils");
const { version } = require("@medusajs/promotion/package.json");

function ruleOf(promotion) {
  const [attribute, value] = promotion.sku ? ["items.sku", promotion.sku] : ["items.category", promotion.category];
  return { attribute, operator: "in", values: [{ value }] };
}

function methodOf(promotion, rule) {
  const method = { currency_code: "usd", target_type: "items", target_rules: [], buy_rules: [] };
  if (promotion.kind === "fixed_cart") {
    return { ...method, type: "fixed", value: promotion.value / 100, target_type: "order", allocation: "across" };
  }
  if (promotion.kind === "b2g1") {
    const units = { max_quantity: 1, apply_to_quantity: 1, buy_rules_min_quantity: 2 };
    const rules = { buy_rules: [rule], target_rules: [rule] };
    return { ...method, type: "percentage", value: 100, allocation: "each", ...units, ...rules };
  }
  return { ...method, type: "percentage", value: promotion.value, allocation: "across", target_rules: [rule] };
}

function promotionOf(promotion) {
  const rule = ruleOf(promotion);
  return {
    id: promotion.id,
    code: promotion.id,
    is_automatic: true,
    status: "active",
    type: promotion.kind === "b2g1" ? "buyget" : "standard",
    rules: promotion.kind === "fixed_cart" ? [rule] : [],
    campaign: null,
    application_method: methodOf(promotion, rule),
  };
}

function contextOf(lines) {
  const items = lines.map(({ id, sku, category, quantity, price }) => {
    const subtotal = (price * quantity) / 100;
    return { id, sku, category, quantity, subtotal, original_total: subtotal, is_discountable: true };
  });
  return { currency_code: "usd", items, shipping_methods: [] };
}

// The loop of PromotionModuleService.computeActions, without its database and without what no promotion here has.
function computeActions(promotions, context) {
  const actions = [];
  const [values, buys, targets] = [new Map(), new Map(), new Map()];
  for (const promotion of [...promotions].sort(ComputeActionUtils.sortByBuyGetType)) {
    const method = promotion.application_method;
    if (method.currency_code !== context.currency_code) continue;
    if (!areRulesValidForContext(promotion.rules, context, "order")) continue;
    if (promotion.type === "buyget") {
      const bought = ComputeActionUtils.getComputedActionsForBuyGet(
        promotion, context.items, values, buys, targets,
      );
      actions.push(...bought);
    } else {
      const allocation = method.target_type === "order" ? "across" : undefined;
      actions.push(...ComputeActionUtils.getComputedActionsForItems(promotion, context.items, values, allocation));
    }
  }
  return actions;
}

function wayOf(chosen) {
  return ({ lines, promotions }) => {
    const context = contextOf(lines);
    const given = chosen(lines, promotions).map(promotionOf);
    const run = () => computeActions(given, context);
    const applied = () => {
      const actions = run();
      const off = actions.reduce((sum, { amount }) => sum + Number(amount), 0);
      return { applied: [...new Set(actions.map(({ code }) => code))], off: Math.round(off * 100) };
    };
    return { run, applied };
  };
}

function matching(lines, promotions) {
  const named = new Set(lines.flatMap(({ sku, category }) => [sku, category]));
  return promotions.filter(({ sku, category }) => named.has(sku ?? category));
}

await answer(`Medusa ${version}`, {
  "Medusa, all N": wayOf((_, promotions) => promotions),
  "Medusa, the matching 5": wayOf(matching),
});
