import { Artifacts } from "../../modules/storage/artifacts";
import { synthModule } from "../support/module";
import { artifact, keyIn } from "./fixtures";

const CODE = artifact("some-code");
const JAR = { path: "/nowhere/library-1.jar", sha256: "ab".repeat(32), fetched: true };
const stack = synthModule((scope) => {
  const artifacts = new Artifacts(scope, "artifacts", {
    bucketName: "the-artifacts",
    key: keyIn(scope),
    removable: false,
  });
  expect(artifacts.add("code", "functions/any", CODE)).toMatchObject({ s3Bucket: "the-artifacts" });
  expect(artifacts.locate(artifacts.add("jar", "spark/jars", JAR))).toMatch(/^s3:\/\/the-artifacts\//);
});

describe("an artifact", () => {
  const object = stack.only("aws_s3_object", "artifacts_code").block;

  test("has its content's hash in its key, so that nothing is ever overwritten", () => {
    expect(object).toMatchObject({ key: `functions/any/${CODE.sha256}.zip`, source_hash: CODE.sha256 });
  });

  test("is uploaded once the bucket's policy is in force", () => {
    expect(object.depends_on).toEqual([stack.only("aws_s3_bucket_policy").address]);
  });

  test("comes from the synthesized folder, wherever that is", () => {
    expect(object.source).toMatch(/^assets\/[\w-]+\/[0-9A-F]+\/[\w-]+\.zip$/i);
  });

  test("keeps the ending of its file", () => {
    expect(stack.only("aws_s3_object", "artifacts_jar").block.key).toBe(`spark/jars/${JAR.sha256}.jar`);
  });

  test("that is fetched later need not be there, and comes from the same place all the same", () => {
    expect(stack.only("aws_s3_object", "artifacts_jar").block).toMatchObject({
      source: `assets/jar-file/${JAR.sha256}/library-1.jar`,
      source_hash: JAR.sha256,
    });
  });
});
