/** The files of the sample shop that do not depend on orders. */
import { setImmediate } from "node:timers/promises";
import { day, timestamp } from "./clock";
import { defectsOf } from "./defects";
import { identifier } from "./random";
import type { SampleFile } from "./sample-writer";
import { headerOf, kinds, quotedId, randomOf, type Settings } from "./settings";
import { quoted, Table } from "./table";
import { accented, businessTypes, categories, cities, leadTypes, profiles, segments, stocks } from "./vocabulary";

export async function writeCatalogFiles(settings: Settings): Promise<SampleFile[]> {
  return [
    await writeProducts(settings),
    await writeSellers(settings),
    await writeGeolocation(settings),
    await writeClosedDeals(settings),
    writeCategories(settings),
  ];
}

async function writeProducts({ seed, directory, sizes, defects }: Settings): Promise<SampleFile> {
  const names = ["length", "height", "width"].map((side) => `product_${side}_cm`).join(" ");
  const table = new Table(
    directory,
    { name: "olist_products_dataset.csv", dataset: "sales/products" },
    headerOf(
      `product_id product_category_name product_name_lenght product_description_lenght product_photos_qty product_weight_g ${names}`,
    ),
    defects ? defectsOf.products : [],
  );
  for (let number = 0; number < sizes.products; number++) {
    const random = randomOf(seed, kinds.product, number);
    // Some products have never been described; the rest of the row is there all the same.
    const described = random.chance(0.98);
    const [category] = random.pick(categories);
    const description = [category, random.between(5, 76), random.between(4, 3992), random.between(1, 20)];
    const weight = String(random.between(50, 30_000));
    // As programs write whole numbers that they take for measures.
    const weightText = defects && random.chance(0.1) ? `${weight}.0` : weight;
    const sides = [random.between(7, 105), random.between(2, 105), random.between(6, 118)].map(String);
    const id = quotedId(seed, kinds.product, number);
    table.row(id, ...description.map((value) => (described ? String(value) : "")), weightText, ...sides);
    if (number % 10_000 === 0) await setImmediate();
  }
  if (defects) table.repeat();
  return table.close();
}

async function writeSellers({ seed, directory, sizes, defects }: Settings): Promise<SampleFile> {
  const table = new Table(
    directory,
    { name: `olist_sellers_dataset.csv${defects ? ".gz" : ""}`, dataset: "sales/sellers", gzip: defects },
    headerOf("seller_id seller_zip_code_prefix seller_city seller_state"),
    defects ? defectsOf.sellers : [],
  );
  for (let number = 0; number < sizes.sellers; number++) {
    const random = randomOf(seed, kinds.seller, number);
    const [city, state, first, last] = random.pick(cities);
    const prefix = String(random.between(first, last)).padStart(5, "0");
    table.row(quotedId(seed, kinds.seller, number), quoted(prefix), city, state);
    if (number % 10_000 === 0) await setImmediate();
  }
  return table.close();
}

async function writeGeolocation({ seed, directory, sizes, defects }: Settings): Promise<SampleFile> {
  const table = new Table(
    directory,
    { name: "olist_geolocation_dataset.csv", dataset: "sales/geolocation" },
    headerOf("zip_code_prefix lat lng city state".replaceAll(/(\w+)/g, "geolocation_$1")),
    defects ? defectsOf.geolocation : [],
  );
  for (let number = 0; number < sizes.points; number++) {
    const random = randomOf(seed, 20, number);
    const [city, state, first, last, latitude, longitude] = random.pick(cities);
    const prefix = String(random.between(first, last)).padStart(5, "0");
    // Thousandths of a degree, and as many digits behind them as the publisher gives.
    const place = (thousandths: number) =>
      `-${degrees(-thousandths + random.between(-99, 99))}${String(random.between(0, 99_999_999)).padStart(8, "0")}`;
    const name = random.chance(0.3) ? (accented[city] ?? city) : city;
    table.row(quoted(prefix), place(latitude), place(longitude), name, state);
    if (defects && number % 1000 === 0) table.repeat();
    if (number % 10_000 === 0) await setImmediate();
  }
  return table.close();
}

function degrees(thousandths: number): string {
  const fraction = thousandths % 1000;
  return `${(thousandths - fraction) / 1000}.${String(fraction).padStart(3, "0")}`;
}

async function writeClosedDeals({ seed, directory, sizes, defects }: Settings): Promise<SampleFile> {
  const table = new Table(
    directory,
    { name: "olist_closed_deals_dataset.csv", dataset: "sales/closed_deals" },
    `${dealColumns},has_company,has_gtin,average_stock,business_type,declared_product_catalog_size,declared_monthly_revenue`,
    defects ? defectsOf.closedDeals : [],
  );
  for (let number = 0; number < sizes.deals; number++) {
    const random = randomOf(seed, kinds.lead, number);
    const staff = () => identifier(seed, kinds.staff, random.between(0, 31));
    // One deal a seller, spread over all of them.
    const seller = Math.floor((number * sizes.sellers) / sizes.deals);
    const ids = [identifier(seed, kinds.lead, number), identifier(seed, kinds.seller, seller), staff(), staff()];
    const profile = random.chance(0.79) ? random.pick(profiles) : "";
    const rarely = (text: string) => (random.chance(0.08) ? text : "");
    table.row(
      ...ids,
      timestamp(random.between(450 * day, 800 * day)),
      random.pick(segments),
      random.pick(leadTypes),
      profile.includes(",") ? quoted(profile) : profile,
      rarely(random.pick(["True", "False"])),
      rarely(random.pick(["True", "False"])),
      rarely(random.pick(stocks)),
      random.pick(businessTypes),
      rarely(`${random.between(1, 2000)}.0`),
      `${random.chance(0.06) ? random.between(1, 500) * 1000 : 0}.0`,
    );
    if (number % 10_000 === 0) await setImmediate();
  }
  return table.close();
}

const dealColumns = "mql_id,seller_id,sdr_id,sr_id,won_date,business_segment,lead_type,lead_behaviour_profile";

function writeCategories({ directory, defects }: Settings): SampleFile {
  const table = new Table(
    directory,
    {
      name: "product_category_name_translation.csv",
      dataset: "sales/product_category_names",
      byteOrderMark: defects,
      lineEnd: defects ? "\r\n" : "\n",
    },
    "product_category_name,product_category_name_english",
    [],
  );
  for (const pair of categories) table.row(...pair);
  return table.close();
}

/** Files that have to be refused as a whole. */
export function writeUnusableFiles(directory: string): SampleFile[] {
  const dataset = "sales/closed_deals";
  const incomplete = new Table(
    directory,
    { name: "olist_closed_deals_dataset_2.csv", dataset },
    dealColumns.replace("seller_id,", ""),
    [],
  );
  incomplete.row("m", "d", "r", "2018-01-01 00:00:00", "pet", "industry", "cat");
  const point = { name: "olist_geolocation_dataset_2.csv", dataset: "sales/geolocation" };
  const empty = new Table(directory, point, "", []);
  const foreign = new Table(directory, { name: "warehouse_temperatures.csv" }, "at,celsius", []);
  foreign.row("2018-01-01 00:00:00", "21.5");
  return [
    incomplete.close('it lacks the required column "seller_id"'),
    empty.close("it is empty"),
    foreign.close("fits no dataset"),
  ];
}
