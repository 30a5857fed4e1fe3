/**
 * What a dataset promises and where its data lives.
 * Functions at run time import the files they need instead of this index, which brings along zod and yaml.
 */
export * from "./column-types";
export * from "./contract";
export * from "./ingestion";
export * from "./layers";
export * from "./layout";
export * from "./ledger";
export { loadContracts } from "./load";
export { dropKey, type Match, matchDataset } from "./match";
export { normalizeName } from "./names";
export * from "./people";
export { loadPipelines } from "./pipelines/load";
export * from "./pipelines/pipeline";
export { pipelineJsonSchema } from "./pipelines/schema";
export { loadQueries } from "./queries/load";
export { type Query, type QueryView, viewDefinition } from "./queries/query";
export { contractJsonSchema } from "./schema";
export * from "./sensitivity";
export { loadSources } from "./sources/load";
export { sourceJsonSchema } from "./sources/schema";
export * from "./sources/source";
