/** What goes wrong in real files, row by row: how to spoil a good row, and the one reason why it is refused then. */

export interface Defect {
  /** The row's fields as CSV -> the spoilt row. */
  readonly spoil: (fields: readonly string[]) => string | Uint8Array;
  readonly reason: string;
}

/** Puts another text into the field at a place. */
function replaced(place: number, text: string, reason: string): Defect {
  return { spoil: (fields) => fields.with(place, text).join(","), reason };
}

const orderItems: readonly Defect[] = [
  replaced(5, "abc", "price: is not decimal(10,2)"),
  replaced(5, "12.345", "price: is not decimal(10,2)"),
  replaced(5, '"58,90"', "price: is not decimal(10,2)"),
  replaced(5, "-1.00", "price: is less than 0"),
  replaced(1, "1.5", "order_item_id: is not int"),
  replaced(1, "0", "order_item_id: is less than 1"),
  replaced(2, "", "product_id: is missing"),
  replaced(4, "2017-02-30 10:00:00", "shipping_limit_date: is not timestamp"),
  replaced(4, "2017-02-03 10:00:00+02:00", "shipping_limit_date: is not timestamp"),
  { spoil: (fields) => fields.slice(0, 5).join(","), reason: "has 5 fields instead of 7" },
  { spoil: (fields) => `${fields.join(",")},more`, reason: "has 8 fields instead of 7" },
  { spoil: (fields) => `"lost,${fields.slice(1).join(",")}`, reason: "has text after a closing quote" },
  { spoil: (fields) => `"closed"early,${fields.slice(1).join(",")}`, reason: "has text after a closing quote" },
  { spoil: (fields) => fields.with(3, "\0").join(","), reason: "contains a NUL byte" },
  { spoil: (fields) => Buffer.from(fields.with(3, "São Paulo").join(","), "latin1"), reason: "is not UTF-8" },
];

const orders: readonly Defect[] = [
  replaced(
    2,
    "lost",
    "order_status: is not one of created, approved, invoiced, processing, shipped, delivered, unavailable, canceled",
  ),
  replaced(3, "", "order_purchase_timestamp: is missing"),
  replaced(4, "yesterday", "order_approved_at: is not timestamp"),
  replaced(7, "25/12/2017", "order_estimated_delivery_date: is not timestamp"),
];

const reviews: readonly Defect[] = [
  replaced(2, "9", "review_score: is greater than 5"),
  replaced(2, "five", "review_score: is not int"),
  replaced(1, '""', "order_id: is missing"),
  { spoil: (fields) => `${fields.slice(0, 4).join(",")},"cut\noff"`, reason: "has 5 fields instead of 7" },
];

const customers: readonly Defect[] = [
  replaced(4, "sp", "customer_state: does not match [A-Z]{2}"),
  replaced(2, "1-2", "customer_zip_code_prefix: does not match [0-9]{4,5}"),
];

const products: readonly Defect[] = [
  replaced(5, '"1,5"', "product_weight_g: is not int"),
  replaced(7, "-3", "product_height_cm: is less than 0"),
];

const sellers: readonly Defect[] = [replaced(0, "", "seller_id: is missing")];

const geolocation: readonly Defect[] = [
  replaced(1, "123.45", "geolocation_lat: is greater than 90"),
  replaced(2, "NaN", "geolocation_lng: is not double"),
];

const closedDeals: readonly Defect[] = [
  replaced(8, "maybe", "has_company: is not boolean"),
  replaced(13, "a lot", "declared_monthly_revenue: is not decimal(14,2)"),
];

/** Of payments, which come as JSON: `fields` is the one object. */
const payments: readonly Defect[] = [
  {
    spoil: ([object = ""]) => object.replace(/"payment_type":"\w+"/, '"payment_type":"cash"'),
    reason: "payment_type: is not one of credit_card, boleto, voucher, debit_card, not_defined",
  },
  { spoil: ([object = ""]) => object.slice(0, -5), reason: "is not valid JSON" },
  {
    spoil: ([object = ""]) => object.replace("{", '{"colour":"red",'),
    reason: "has fields that the contract does not know",
  },
  { spoil: ([object = ""]) => object.replace(/"order_id":"\w+"/, '"order_id":null'), reason: "order_id: is missing" },
];

export const defectsOf = {
  orderItems,
  orders,
  reviews,
  customers,
  products,
  sellers,
  geolocation,
  closedDeals,
  payments,
} as const;
