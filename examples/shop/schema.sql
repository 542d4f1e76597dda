CREATE TABLE IF NOT EXISTS products (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, department TEXT NOT NULL, category TEXT NOT NULL,
    unit_price INTEGER NOT NULL CHECK (unit_price >= 0)
) STRICT;
CREATE TABLE IF NOT EXISTS shipping_prices (
    method TEXT NOT NULL, from_units INTEGER NOT NULL, price INTEGER NOT NULL CHECK (price >= 0),
    PRIMARY KEY (method, from_units)
) STRICT;
CREATE TABLE IF NOT EXISTS customers (
    customer_id TEXT PRIMARY KEY, loyalty_tier TEXT, order_count INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS carts (
    id TEXT PRIMARY KEY, checkout_id TEXT NOT NULL UNIQUE, shipping_method TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS cart_lines (
    cart_id TEXT NOT NULL REFERENCES carts, number INTEGER NOT NULL, product_id TEXT NOT NULL REFERENCES products,
    quantity INTEGER NOT NULL CHECK (quantity > 0), PRIMARY KEY (cart_id, number)
) STRICT;
CREATE TABLE IF NOT EXISTS cart_codes (
    cart_id TEXT NOT NULL REFERENCES carts, code TEXT NOT NULL, PRIMARY KEY (cart_id, code)
) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, cart_id TEXT NOT NULL REFERENCES carts,
    customer_id TEXT REFERENCES customers, total INTEGER NOT NULL CHECK (total >= 0),
    shipping_method TEXT NOT NULL, shipping_before INTEGER NOT NULL, shipping_after INTEGER NOT NULL,
    is_paid INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS order_lines (
    order_id INTEGER NOT NULL REFERENCES orders, id TEXT NOT NULL, product_id TEXT NOT NULL, name TEXT NOT NULL,
    unit_price INTEGER NOT NULL, quantity INTEGER NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL,
    PRIMARY KEY (order_id, id)
) STRICT;
-- line_id is 'shipping' for what is off shipping.
CREATE TABLE IF NOT EXISTS order_discounts (
    order_id INTEGER NOT NULL REFERENCES orders, line_id TEXT NOT NULL, promotion_id TEXT NOT NULL,
    name TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0), PRIMARY KEY (order_id, line_id, promotion_id)
) STRICT;
CREATE TABLE IF NOT EXISTS order_points (
    order_id INTEGER NOT NULL REFERENCES orders, promotion_id TEXT NOT NULL, name TEXT NOT NULL,
    points INTEGER NOT NULL CHECK (points > 0), PRIMARY KEY (order_id, promotion_id)
) STRICT;
CREATE TABLE IF NOT EXISTS order_credits (
    order_id INTEGER NOT NULL REFERENCES orders, value_store_id TEXT NOT NULL, name TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), PRIMARY KEY (order_id, value_store_id)
) STRICT;
