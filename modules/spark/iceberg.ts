/** Name of the catalog by which jobs know the tables of the lake: `glue_catalog.<database>.<table>`. */
const CATALOG = "glue_catalog";

const SETTINGS: Readonly<Record<string, string>> = {
  "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
  [`spark.sql.catalog.${CATALOG}`]: "org.apache.iceberg.spark.SparkCatalog",
  [`spark.sql.catalog.${CATALOG}.catalog-impl`]: "org.apache.iceberg.aws.glue.GlueCatalog",
  // Writes without a word about encryption, so that each bucket takes its own key.
  [`spark.sql.catalog.${CATALOG}.io-impl`]: "org.apache.iceberg.aws.s3.S3FileIO",
  "spark.sql.session.timeZone": "UTC",
};

/**
 * The settings as the value of Glue's argument `--conf`, which takes one setting: the others follow in its value.
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-iceberg.html
 */
export const ICEBERG_CONF = Object.entries(SETTINGS)
  .map(([name, value]) => `${name}=${value}`)
  .join(" --conf ");
