import { clearDatabase } from "../../../contracts";
import { isAllowed } from "../../support/policy";
import { type Answer, eachPersona, hasCrawler, LEVELS, MODERN, rank, tagged } from "./persons";

export const answersAreKeptApart = eachPersona(
  "people ask in the workgroup for their clearance, and read answers to others of the same clearance alone",
  "identity",
  ({ persona, arn, identity, account }, stack) => {
    const groups = stack.resources("aws_athena_workgroup").filter(({ name }) => name.startsWith("analytics_"));
    const store = stack.resources("aws_s3_bucket").find(({ name }) => name.startsWith("analytics_results_"));
    return LEVELS.flatMap((clearance) =>
      groups.flatMap(({ block }): Answer[] => {
        const can = (action: string, resource: string) =>
          isAllowed(
            { caller: { arn }, action, resource, context: { ...MODERN, ...tagged(clearance) } },
            { owner: account, identity: [identity] },
          );
        const level = String(block.name).split("-").at(-1) ?? "";
        const group = `arn:aws:athena:eu-west-1:${account}:workgroup/${block.name}`;
        const answer = `arn:aws:s3:::${store?.block.bucket}/${level}/x.csv`;
        const own = level === clearance && ["data-scientist", "data-analyst"].includes(persona);
        const elsewhere = `arn:aws:s3:::${store?.block.bucket}/x.csv`;
        return [
          [`asks in ${block.name}, cleared for ${clearance}`, can("athena:StartQueryExecution", group), own],
          [`reads answers of ${block.name}, cleared for ${clearance}`, can("athena:GetQueryResults", group), own],
          [`reads ${answer}, cleared for ${clearance}`, can("s3:GetObject", answer), own],
          [`writes ${answer}, cleared for ${clearance}`, can("s3:PutObject", answer), own],
          [`reads ${elsewhere}, cleared for ${clearance}`, can("s3:GetObject", elsewhere), false],
        ];
      }),
    );
  },
);

/** Answers about undeclared files are not kept apart, so only those who may see all of them see any. */
export const undeclaredAnswersAreSecret = eachPersona(
  "answers about undeclared files are read and written by scientists with the highest clearance alone",
  "identity",
  ({ persona, arn, identity, account }, stack) => {
    const stores = stack
      .resources("aws_s3_bucket")
      .filter(({ name }) => name.startsWith("landing-analytics_results_"))
      .map(({ block }) => `arn:aws:s3:::${block.bucket}/x.csv`);
    return stores.flatMap((answer) =>
      LEVELS.flatMap((clearance) =>
        ["s3:GetObject", "s3:PutObject"].map((action): Answer => {
          const request = { caller: { arn }, action, resource: answer, context: { ...MODERN, ...tagged(clearance) } };
          const can = isAllowed(request, { owner: account, identity: [identity] });
          return [
            `${action} ${answer}, cleared for ${clearance}`,
            can,
            persona === "data-scientist" && rank(clearance) >= 2,
          ];
        }),
      ),
    );
  },
);

export const tablesAreSeenWithClearance = eachPersona(
  "people see tables if they are cleared for anything, and what is unmasked or undeclared only if they are cleared for more",
  "identity",
  ({ persona, arn, identity, account }, stack) =>
    LEVELS.flatMap((clearance) => {
      const can = (action: string, name: string) =>
        isAllowed(
          {
            caller: { arn },
            action,
            resource: `arn:aws:glue:eu-west-1:${account}:${name}`,
            context: tagged(clearance),
          },
          { owner: account, identity: [identity] },
        );
      const isSteward = persona === "data-steward";
      const asks = persona !== "data-engineer" && rank(clearance) >= 0;
      const clear = clearDatabase("sales");
      return [
        ["refined tables", can("glue:GetTable", "table/refined_sales/orders"), asks],
        ["marts", can("glue:GetTables", "database/curated_sales"), asks],
        ["unmasked tables", can("glue:GetTable", `table/${clear}/customers`), asks && rank(clearance) >= 1],
        ["names of databases", can("glue:GetDatabases", "database/*"), asks || (isSteward && rank(clearance) >= 0)],
        ["raw tables", can("glue:GetTable", "table/raw_sales/orders"), isSteward && rank(clearance) >= 0],
        [
          "undeclared tables",
          can("glue:GetTable", "table/landing/visits"),
          asks && rank(clearance) >= 2 && (isSteward || (hasCrawler(stack) && persona === "data-scientist")),
        ],
        [
          "describes tables",
          can("glue:UpdateTable", "table/refined_sales/orders"),
          persona === "data-steward" && rank(clearance) >= 0,
        ],
        [
          "describes unmasked tables",
          can("glue:UpdateTable", `table/${clear}/orders`),
          persona === "data-steward" && rank(clearance) >= 1,
        ],
      ].map(([question, ...others]) => [`${question}, cleared for ${clearance}`, ...others] as unknown as Answer);
    }),
);
