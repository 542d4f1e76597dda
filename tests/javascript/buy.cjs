// What a shop does with the vendor's own SDK, which knows nothing of this server but its host.
const { gateway, MemoryStorageFactory } = require("@moltin/sdk");

const [host, clientId, clientSecret] = process.argv.slice(2);
console.info = () => {};
const moltin = gateway({
  host,
  protocol: "http",
  client_id: clientId,
  client_secret: clientSecret,
  currency: "USD",
  storage: new MemoryStorageFactory(),
});

async function buy() {
  const promotion = await moltin.Promotions.Create({
    name: "Deck shoe days",
    description: "Nine off",
    enabled: true,
    promotion_type: "fixed_discount",
    schema: { currencies: [{ currency: "USD", amount: 900 }] },
    start: "2026-11-01T00:00:00Z",
    end: "2199-12-01T00:00:00Z",
  });
  const id = promotion.data.id;
  await moltin.Promotions.AddCodes(id, [{ code: "SAVE10%" }, { code: "ONCE", uses: 1 }, { code: "GONE" }]);
  await moltin.Promotions.DeleteCode(id, "GONE");
  await moltin.Promotions.Update(id, { name: "Deck shoe week" });
  const cart = moltin.Cart("basket-1");
  await cart.AddCustomItem({ name: "Deck shoe", sku: "deck-shoe_53", quantity: 1, price: { amount: 5891 } });
  await cart.AddProduct("laces", 2, { price: { amount: 150, includes_tax: true } });
  const added = await cart.AddPromotion("SAVE10%");
  const unknown = await cart.AddPromotion("NOPE").catch((error) => error);
  const read = await cart.With("items").Get();
  const order = await cart.Checkout({ name: "Jane", email: "jane@example.com" }, { country: "GB" });
  return {
    listed: (await moltin.Promotions.Limit(1).All()).data.map((one) => one.name),
    codes: (await moltin.Promotions.Codes(id)).data.map((one) => one.code).sort(),
    messages: added.meta.messages.map((one) => one.title),
    promotions: added.data.filter((one) => one.type === "promotion_item").map((one) => [one.sku, one.value.amount]),
    unknown: unknown.errors[0].detail,
    total: read.data.meta.display_price.with_tax,
    items: read.included.items.length,
    order: [order.data.type, order.data.payment, order.data.meta.display_price.with_tax.amount],
  };
}

buy().then(
  (result) => console.log(JSON.stringify(result)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
