import { Artifacts } from "../../modules/storage/artifacts";
import { synthModule } from "../support/module";
import { artifact, keyIn } from "./fixtures";

const CODE = artifact("some-code");
const stack = synthModule((scope) => {
  const artifacts = new Artifacts(scope, "artifacts", {
    bucketName: "the-artifacts",
    key: keyIn(scope),
    removable: false,
  });
  expect(artifacts.add("code", "functions/any", CODE)).toMatchObject({ s3Bucket: "the-artifacts" });
});

describe("an artifact", () => {
  const object = stack.only("aws_s3_object").block;

  test("has its content's hash in its key, so that nothing is ever overwritten", () => {
    expect(object).toMatchObject({ key: `functions/any/${CODE.sha256}.zip`, source_hash: CODE.sha256 });
  });

  test("is uploaded once the bucket's policy is in force", () => {
    expect(object.depends_on).toEqual([stack.only("aws_s3_bucket_policy").address]);
  });

  test("comes from the synthesized folder, wherever that is", () => {
    expect(object.source).toMatch(/^assets\/[\w-]+\/[0-9A-F]+\/[\w-]+\.zip$/i);
  });
});
