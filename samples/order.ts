/** One order with everything that belongs to it, made from nothing but its number. */
import { day, hour } from "./clock";
import { mix, Random, weighted } from "./random";

export interface Item {
  readonly product: number;
  readonly seller: number;
  /** In cents. */
  readonly price: number;
  readonly freight: number;
  /** Seconds on the shop's clock. */
  readonly shippingLimit: number;
}

export interface Payment {
  readonly type: string;
  readonly installments: number;
  readonly cents: number;
}

export interface Review {
  readonly score: number;
  readonly created: number;
  readonly answered: number;
}

export interface Order {
  readonly customer: number;
  readonly person: number;
  readonly status: string;
  readonly purchased: number;
  readonly approved?: number;
  readonly shipped?: number;
  readonly delivered?: number;
  readonly estimated: number;
  readonly items: readonly Item[];
  readonly payments: readonly Payment[];
  readonly review?: Review;
  /** For what else depends on the order. */
  readonly random: Random;
}

/** How many of everything there are. */
export interface Sizes {
  readonly orders: number;
  readonly products: number;
  readonly sellers: number;
  readonly deals: number;
  readonly points: number;
}

/** The proportions of the public data set. */
export function sizesOf(orders: number): Sizes {
  const share = (part: number) => Math.max(1, Math.floor(orders * part));
  return { orders, products: share(0.33), sellers: share(0.031), deals: share(0.0085), points: share(2) };
}

const statuses = weighted(
  ["delivered", 970],
  ["shipped", 11],
  ["canceled", 6],
  ["unavailable", 6],
  ["invoiced", 3],
  ["processing", 3],
  ["created", 1],
  ["approved", 1],
);

/** Business grew: orders by month since the first day. */
const months = weighted(
  ...[1, 3, 1, 1, 8, 18, 27, 24, 37, 32, 40, 43, 43, 46, 75, 57, 73, 67, 72, 69, 69, 62, 63, 65, 4].map(
    (weight, month) => [month, weight] as const,
  ),
);
const itemCounts = weighted([1, 900], [2, 76], [3, 13], [4, 6], [5, 2], [6, 3]);
/** Quantiles in cents. */
const prices = [85, 2000, 2990, 3990, 4990, 5990, 7490, 8990, 10990, 13490, 16990, 22990, 49900, 673500];
const freights = [0, 780, 1178, 1400, 1510, 1620, 1770, 1950, 2300, 3400, 12000];
const firstPayments = weighted(["credit_card", 74], ["boleto", 19], ["voucher", 5], ["debit_card", 2]);

/** The order of that number. Popular products and sellers sell most; late orders get bad reviews. */
export function orderOf(seed: number, number: number, sizes: Sizes): Order {
  const random = new Random(mix(seed, 1, number));
  const status = random.weighted(statuses);
  const purchased = Math.floor((random.weighted(months) + random.next()) * 30.4 * day);
  const paid = status !== "created";
  const isShipped = status === "shipped" || status === "delivered";
  const approved = paid ? purchased + random.between(10 * 60, 36 * hour) : undefined;
  const shipped = isShipped ? purchased + random.between(2 * day, 6 * day) : undefined;
  const delivered =
    status === "delivered" && shipped !== undefined ? shipped + random.between(day, 20 * day) : undefined;
  const estimated = purchased + random.between(12 * day, 35 * day);
  // Orders of what turned out to be unavailable have no items.
  const count = status === "unavailable" ? 0 : random.weighted(itemCounts);
  const items = itemsOf(random, count, purchased, sizes);
  const review = random.chance(0.99) ? reviewOf(random, purchased, delivered, estimated) : undefined;
  const person = random.chance(0.03) ? random.between(0, number) : number;
  const facts = { customer: number, person, status, purchased, approved, shipped, delivered, estimated };
  return { ...facts, items, payments: paymentsOf(random, items), review, random };
}

function itemsOf(random: Random, count: number, purchased: number, sizes: Sizes): Item[] {
  const items: Item[] = [];
  const shippingLimit = purchased + random.between(3 * day, 8 * day);
  while (items.length < count) {
    const [before] = items;
    // Most orders with several items are of the same product.
    if (before !== undefined && random.chance(0.7)) items.push(before);
    else {
      const product = popular(random, sizes.products);
      const seller = popular(random, sizes.sellers);
      items.push({
        product,
        seller,
        price: random.quantile(prices),
        freight: random.quantile(freights),
        shippingLimit,
      });
    }
  }
  return items;
}

/** Small numbers more often than large ones. */
function popular(random: Random, size: number): number {
  const place = random.next();
  return Math.floor(place * place * size);
}

function paymentsOf(random: Random, items: readonly Item[]): Payment[] {
  const total = items.reduce((sum, { price, freight }) => sum + price + freight, 0);
  const type = random.weighted(firstPayments);
  const installments = type === "credit_card" ? random.between(1, 10) : 1;
  if (total < 200 || !random.chance(0.03)) return [{ type, installments, cents: total }];
  const voucher = random.between(1, total - 1);
  return [
    { type, installments, cents: total - voucher },
    { type: "voucher", installments: 1, cents: voucher },
  ];
}

function reviewOf(random: Random, purchased: number, delivered: number | undefined, estimated: number): Review {
  const late = delivered === undefined || delivered > estimated;
  const score = random.weighted(late ? unhappy : happy);
  const created = (delivered ?? Math.min(estimated, purchased + 30 * day)) + day;
  return { score, created, answered: created + random.between(hour, 5 * day) };
}

const happy = weighted([5, 62], [4, 20], [3, 8], [2, 3], [1, 7]);
const unhappy = weighted([1, 55], [2, 12], [3, 13], [4, 10], [5, 10]);
