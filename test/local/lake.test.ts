/**
 * The whole product on a local AWS of its own: real Terraform, real functions. Deploying takes minutes, so there is one
 * deployment, and each group of tests leaves it as it was found.
 */
import { attackTests } from "./attacks";
import { deploymentTests, destructionTests } from "./deployment";
import { demoTests, fileTests, lateFileTests } from "./files";
import { guideTests } from "./guide";
import { ingestionTests } from "./ingestion";
import { landingTests } from "./landing";
import { layerTests } from "./layers";
import { planTests } from "./plan";
import { inOrder, Sandbox } from "./sandbox";
import { secretTests } from "./secrets";
import { deployTests, diffTests } from "./stock-tools";
import { tagTests } from "./tags";

jest.setTimeout(10 * 60_000);

const sandbox = new Sandbox();
const step = inOrder();

afterAll(() => sandbox.dispose());

describe("deploying", () => deploymentTests(sandbox, step));
describe("files", () => fileTests(sandbox, step));
describe("files that no contract declares", () => landingTests(sandbox, step));
describe("the demo", () => demoTests(sandbox, step));
describe("from raw to marts", () => layerTests(sandbox, step));
describe("from a database", () => ingestionTests(sandbox, step));
describe("secrets", () => secretTests(sandbox, step));
describe("how sensitive it all is", () => tagTests(sandbox, step));
describe("comparing by cdktf", () => diffTests(sandbox, step));
describe("planning", () => planTests(sandbox, step));
describe("the guide", () => guideTests(sandbox, step));
describe("files that failed", () => lateFileTests(sandbox, step));
describe("attacks", () => attackTests(sandbox, step));
describe("deploying and destroying by cdktf", () => deployTests(sandbox, step));
describe("destroying", () => destructionTests(sandbox, step));
