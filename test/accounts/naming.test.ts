import fc from "fast-check";
import { parseAccounts } from "../../accounts/model/load";
import { Names } from "../../accounts/model/naming";
import { ConfigurationError } from "../../contracts/problems";
import { filesOf, lake, organization } from "./fixtures";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const ROLE = /^[\w+=,.@-]{1,64}$/;
const POLICY = /^[\w+=,.@-]{1,128}$/;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html */
const QUEUE = /^[\w-]{1,80}$/;
const FUNCTION = /^[\w-]{1,64}$/;
const ALIAS = /^alias\/[\w/-]{1,250}$/;

const word = (longest: number) =>
  fc
    .array(fc.constantFrom(..."abcxyz019-"), { minLength: 2, maxLength: longest })
    .map((letters) => letters.join(""))
    .filter((text) => /^[a-z][a-z0-9-]*[a-z0-9]$/.test(text));

describe("names", () => {
  const names = new Names({ project: "lake" }, { name: "prod", id: "300000000000", region: "eu-west-1" });

  test("say project, account and part; buckets say whose and where as well", () => {
    expect(names.of("intake")).toBe("lake-prod-intake");
    expect(names.bucket("raw")).toBe("lake-prod-raw-300000000000-eu-west-1");
    expect(names.bucketArn("raw")).toBe("arn:aws:s3:::lake-prod-raw-300000000000-eu-west-1");
    expect(names.stateBucket).toBe(names.bucket("state"));
    expect(names.auditBucket).toBe(names.bucket("audit"));
    expect(names.trailArn).toBe("arn:aws:cloudtrail:eu-west-1:300000000000:trail/lake-prod-trail");
    expect(names.roleArn(names.deployRole)).toBe("arn:aws:iam::300000000000:role/lake-prod-deploy");
    expect(names.iamArn(`policy/${names.boundary}`)).toBe("arn:aws:iam::300000000000:policy/lake-prod-boundary");
    expect(names.arn("kms", names.stateKeyAlias)).toBe("arn:aws:kms:eu-west-1:300000000000:alias/lake-prod-state");
    expect(names.planRole).not.toBe(names.deployRole);
  });

  test("of every account that is accepted are names that AWS accepts", () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        word(12),
        word(30),
        fc.uniqueArray(fc.tuple(word(16), word(16)), { minLength: 2, maxLength: 4, selector: ([zone]) => zone }),
        fc.constantFrom("eu-west-1", "ap-southeast-2", "us-gov-west-1"),
        (project, account, zones, region) => {
          const settings = {
            ...lake,
            region,
            zones: zones.map(([name, stream]) => ({ name, streams: [{ name: stream, prefix: "x" }] })),
          };
          const files = filesOf({ organization: { ...organization, project }, prod: undefined, [account]: settings });
          try {
            parseAccounts(files);
          } catch (error) {
            if (error instanceof ConfigurationError) return;
            throw error;
          }
          accepted += 1;
          const of = new Names({ project }, { name: account, id: lake.id, region });
          for (const part of ["state", "artifacts", "quarantine", ...zones.map(([zone]) => zone)]) {
            expect(of.bucket(part)).toMatch(BUCKET);
          }
          for (const role of [
            of.deployRole,
            of.planRole,
            of.of("intake"),
            of.of("producer"),
            of.personaRole("data-scientist"),
          ]) {
            expect(role).toMatch(ROLE);
          }
          const queues = zones
            .flatMap(([zone, stream]) => [zone, `${zone}-${stream}`])
            .flatMap((name) => [name, `${name}-dlq`]);
          for (const queue of queues) expect(of.of(queue)).toMatch(QUEUE);
          expect(new Set(queues).size).toBe(queues.length);
          for (const alias of [of.stateKeyAlias, ...zones.map(([zone]) => `alias/${of.of(zone)}`)]) {
            expect(alias).toMatch(ALIAS);
          }
          expect(of.of("intake")).toMatch(FUNCTION);
          expect(of.boundary).toMatch(POLICY);
        },
      ),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(30);
  });

  test("of two accounts never meet", () => {
    fc.assert(
      fc.property(word(10), word(10), word(10), word(10), (a, b, partOfA, partOfB) => {
        fc.pre(a !== b);
        const one = new Names({ project: "lake" }, { name: a, id: "300000000000", region: "eu-west-1" });
        const other = new Names({ project: "lake" }, { name: b, id: "400000000000", region: "eu-west-1" });
        return one.bucket(partOfA) !== other.bucket(partOfB) && one.roleArn("r") !== other.roleArn("r");
      }),
    );
  });
});
