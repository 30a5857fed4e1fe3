import { loadContracts, type Pipeline } from "../../../contracts";
import { parsePipeline } from "../../../contracts/pipelines/load";
import { ROOT } from "../../support/synthesis";

export const contracts = loadContracts(ROOT);

export const config = `
description: What each seller has sold.
owner: sales-data@example.com
inputs: [sales/orders, sales/order_items]
key: [seller_id]
classification: proprietary
columns:
  seller_id: { type: string, required: true, description: Who sold }
  revenue: { type: "decimal(18, 2)" }
`;

export const place = {
  domain: "sales",
  name: "seller_performance",
  folder: "domains/sales/pipelines/seller_performance",
};

/** A pipeline of the sales domain. */
export function pipelineOf(text = config, name = place.name): Pipeline {
  const here = { ...place, name, folder: `domains/sales/pipelines/${name}` };
  const { pipeline, problems } = parsePipeline(text, here, { contracts, pipelines: [`sales/${name}`] });
  if (pipeline === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  return pipeline;
}
