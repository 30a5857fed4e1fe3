/** Sample files of the domain `sales`, shaped like the public Olist data: any size, the same bytes on every machine. */
import { mkdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { midnight, timestamp } from "./clock";
import { defectsOf } from "./defects";
import { orderOf, sizesOf } from "./order";
import { writeCatalogFiles, writeUnusableFiles } from "./sales-catalog";
import type { SampleFile } from "./sample-writer";
import { headerOf, kinds, quotedId, type Settings } from "./settings";
import { amount, quoted, Table } from "./table";
import { cities, complaints, difficultComments, doubts, praise, titles } from "./vocabulary";

export interface SalesOptions {
  /** How many orders; everything else follows in the public data's proportions: 5.3 rows an order, 2 points beside. */
  readonly orders: number;
  readonly seed: number;
  /** Where the files go; made when absent. */
  readonly directory: string;
  /** Whether to add what goes wrong in real files. */
  readonly defects?: boolean;
}

/** What was generated and what has to become of it. */
export interface SalesManifest {
  readonly files: readonly SampleFile[];
}

/** Writes all files. Every reference leads to a valid row of another file. */
export async function generateSales(options: SalesOptions): Promise<SalesManifest> {
  const { orders, seed, directory } = options;
  if (!Number.isSafeInteger(orders) || orders < 1) throw new RangeError(`orders must be a whole number, not ${orders}`);
  mkdirSync(directory, { recursive: true });
  const sizes = sizesOf(orders);
  const settings = { seed, directory, sizes, defects: options.defects === true };
  const files = [
    ...(await writeOrderFiles(settings)),
    ...(await writeCatalogFiles(settings)),
    ...(settings.defects ? writeUnusableFiles(directory) : []),
  ];
  return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** The five files with rows for each order, written side by side. */
async function writeOrderFiles({ seed, directory, sizes, defects }: Settings): Promise<SampleFile[]> {
  const spoil = <T>(list: readonly T[]) => (defects ? list : []);
  const table = (dataset: string, header: string, list: Parameters<typeof spoil>[0], more = {}) =>
    new Table(
      directory,
      { name: `olist_${dataset}_dataset.csv`, dataset: `sales/${dataset}`, ...more },
      header,
      spoil(list) as (typeof defectsOf)["orders"],
    );
  const orders = table("orders", headers.orders, defectsOf.orders, defects ? { lineEnd: "\r\n" } : {});
  const customers = table("customers", headers.customers, defectsOf.customers, { byteOrderMark: defects });
  const items = table("order_items", headers.orderItems, defectsOf.orderItems);
  const reviews = table("order_reviews", headers.reviews, defectsOf.reviews);
  const paymentFile = defects ? { name: "olist_order_payments_dataset.ndjson" } : {};
  const payments = table("order_payments", defects ? "" : headers.payments, defectsOf.payments, paymentFile);

  for (let number = 0; number < sizes.orders; number++) {
    const order = orderOf(seed, number, sizes);
    const { random } = order;
    const orderId = quotedId(seed, kinds.order, number);
    const customerId = quotedId(seed, kinds.customer, number);
    const [city, state, firstPrefix, lastPrefix] = random.pick(cities);
    const prefix = String(random.between(firstPrefix, lastPrefix)).padStart(5, "0");
    const person = quotedId(seed, kinds.person, order.person);
    customers.row(customerId, person, quoted(prefix), city, state);
    const at = (seconds: number | undefined) => (seconds === undefined ? "" : timestamp(seconds));
    const times = [at(order.purchased), at(order.approved), at(order.shipped), at(order.delivered)];
    orders.row(orderId, customerId, order.status, ...times, midnight(order.estimated));
    order.items.forEach((item, index) => {
      const ids = [quotedId(seed, kinds.product, item.product), quotedId(seed, kinds.seller, item.seller)];
      items.row(
        orderId,
        String(index + 1),
        ...ids,
        timestamp(item.shippingLimit),
        amount(item.price),
        amount(item.freight),
      );
    });
    order.payments.forEach(({ type, installments, cents }, index) => {
      if (defects) payments.row(paymentJson(orderId, index + 1, type, installments, amount(cents)));
      else payments.row(orderId, String(index + 1), type, String(installments), amount(cents));
    });
    if (order.review !== undefined) {
      const { score, created, answered } = order.review;
      // Now and then one review speaks of two orders.
      const reviewId = quotedId(seed, kinds.review, number > 0 && random.chance(0.008) ? number - 1 : number);
      const comment = [random.chance(0.12) ? titles : [""], random.chance(0.41) ? commentsFor(score, defects) : [""]];
      const [title = "", message = ""] = comment.map((choice) => random.pick(choice));
      const texts = [title, message].map((text) => (/[",\r\n]/.test(text) ? quoted(text) : text));
      reviews.row(reviewId, orderId, String(score), ...texts, midnight(created), timestamp(answered));
    }
    if (number % 10_000 === 0) await setImmediate();
  }
  if (defects) {
    items.repeat();
    customers.repeat();
    items.truncate('"00010242fe8c5a6d1ba2dd792cb16214",1,"42447', "has a quote that is never closed");
    reviews.truncate(`${quotedId(seed, kinds.review, 0)},"x",5`, "has 3 fields instead of 7");
  }
  return [orders, customers, items, reviews, payments].map((file) => file.close());
}

function commentsFor(score: number, defects: boolean): readonly string[] {
  const usual = score > 3 ? praise : score === 3 ? doubts : complaints;
  return defects ? [...usual, ...difficultComments] : usual;
}

function paymentJson(orderId: string, sequential: number, type: string, installments: number, value: string): string {
  return (
    `{"order_id":${orderId},"payment_sequential":${sequential},"payment_type":"${type}",` +
    `"payment_installments":${installments},"payment_value":${value}}`
  );
}

const headers = {
  orders: headerOf(
    "order_id customer_id order_status order_purchase_timestamp order_approved_at order_delivered_carrier_date order_delivered_customer_date order_estimated_delivery_date",
  ),
  customers: headerOf("customer_id customer_unique_id customer_zip_code_prefix customer_city customer_state"),
  orderItems: headerOf("order_id order_item_id product_id seller_id shipping_limit_date price freight_value"),
  payments: headerOf("order_id payment_sequential payment_type payment_installments payment_value"),
  reviews: headerOf(
    "review_id order_id review_score review_comment_title review_comment_message review_creation_date review_answer_timestamp",
  ),
};
