export { type FreightOptions, generateFreight } from "./freight";
export { generateSales, type SalesManifest, type SalesOptions } from "./sales";
export type { SampleFile } from "./sample-writer";
