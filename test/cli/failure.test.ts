import { InputError, together } from "../../cli/exit-codes";
import { describeFailure } from "../../cli/failure";

/** An error as the SDK throws it. */
const failing = (name: string, message = "no", more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });
const refusal = (name: string) => failing(name, "no", { $metadata: {} });

test.each([
  [failing("CredentialsProviderError"), 2, "Sign in: "],
  [failing("TokenProviderError"), 2, "Sign in: "],
  [refusal("ExpiredToken"), 2, "Sign in again"],
  [refusal("ExpiredTokenException"), 2, "Sign in again"],
  [refusal("InvalidClientTokenId"), 2, "Sign in again"],
  [refusal("UnrecognizedClientException"), 2, "Sign in again"],
  [failing("Error", "Region is missing"), 2, "AWS_REGION"],
  [refusal("ThrottlingException"), 1, "repeat the command"],
  [refusal("AccessDenied"), 1, "npm run lake -- doctor"],
  [failing("Error", "connect", { code: "ECONNREFUSED" }), 1, "Nobody answers"],
  [failing("TimeoutError", "slow", { $metadata: {} }), 1, "Nobody answers"],
])("%s ends with %d and a fix, without a stack trace", (error, exitCode, fix) => {
  const failure = describeFailure(error, "");
  expect(failure).toMatchObject({ exitCode, message: `${error.name}: ${error.message}` });
  expect(failure.fix).toContain(fix);
});

test("a defect of the program shows where it is", () => {
  expect(describeFailure(new TypeError("x is undefined"), "")).toEqual({
    exitCode: 1,
    message: expect.stringMatching(/TypeError: x is undefined\n +at /),
  });
});

test("looks that are done together tell all that is wrong, or give all that was found", () => {
  const wrong = (text: string) => () => {
    throw new InputError(`${text} is wrong.`, `Correct ${text}.`);
  };
  expect(
    together(
      () => 1,
      () => "b",
    ),
  ).toEqual([1, "b"]);
  expect(() => together(wrong("a"), () => 1, wrong("b"))).toThrow(
    expect.objectContaining({ message: "a is wrong.\nb is wrong.", fix: "Correct a.\nCorrect b." }),
  );
  const defect = () => {
    throw new TypeError("defect");
  };
  expect(() => together(defect, wrong("a"))).toThrow(TypeError);
});
