import { InvokeCommand } from "@aws-sdk/client-lambda";
import type { OperationError } from "./exit-codes";
import type { LakeClients } from "./lake-clients";

/** Asks a function of the lake. @param refusal what its error means to people */
export async function callFunction<Answer>(
  clients: LakeClients,
  name: string,
  request: object,
  refusal: (message: string) => OperationError,
): Promise<Answer> {
  const { FunctionError, Payload } = await clients.lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(request) }),
  );
  const text = Buffer.from(Payload ?? []).toString("utf8");
  if (FunctionError === undefined) return JSON.parse(text) as Answer;
  const { errorMessage = text } = JSON.parse(text) as { errorMessage?: string };
  throw refusal(errorMessage);
}
