import { parseAccounts } from "../../accounts/model/load";
import { filesOf, problemsOf, security } from "./fixtures";

const said = (detection: unknown) =>
  problemsOf({ security: { ...security, detection } }).map(({ path, message }) => `${path} ${message}`);

test("everything is on unless it is switched off", () => {
  const { detection } = parseAccounts(filesOf()).security;
  const services = ["accessAnalyzer", "cisAlarms", "config", "guardDuty", "macie", "securityHub"] as const;
  expect(services.map((service) => detection[service])).toEqual(services.map(() => true));
  expect(said(Object.fromEntries(services.map((service) => [service, false])))).toEqual([]);
});

test("subscriptions of every kind are taken", () => {
  const subscriptions = [
    { kind: "email", to: "team@example.com" },
    { kind: "https", to: "https://alerts.example.com/lake" },
    { kind: "sqs", to: "arn:aws:sqs:eu-west-1:200000000000:findings" },
    { kind: "lambda", to: "arn:aws:lambda:eu-west-1:200000000000:function:findings" },
    { kind: "sms", to: "+442079460000" },
  ];
  expect(said({ subscriptions, memberEmails: { prod: "aws@example.com" } })).toEqual([]);
});

test.each<[unknown, RegExp]>([
  [{ subscriptions: [{ kind: "fax", to: "+442079460000" }] }, /^detection.subscriptions\[0\]\.kind/],
  [{ subscriptions: [{ kind: "email", to: "nobody" }] }, /^detection.subscriptions\[0\]\.to must be an e-mail address/],
  [
    { subscriptions: [{ kind: "https", to: "http://x.example.com" }] },
    /^detection.subscriptions\[0\]\.to must be an https/,
  ],
  [{ subscriptions: [{ kind: "sqs", to: "findings" }] }, /^detection.subscriptions\[0\]\.to must be an ARN such as/],
  [
    { subscriptions: [{ kind: "lambda", to: "arn:aws:sqs:a:1:b" }] },
    /^detection.subscriptions\[0\]\.to must be an ARN/,
  ],
  [{ subscriptions: [{ kind: "sms", to: "0207946" }] }, /^detection.subscriptions\[0\]\.to must be a phone number/],
  [
    {
      subscriptions: [
        { kind: "email", to: "a@example.com" },
        { kind: "email", to: "a@example.com" },
      ],
    },
    /^detection.subscriptions\[1\] stands here twice/,
  ],
  [{ memberEmails: { dev: "dev@example.com" } }, /^detection.memberEmails.dev is no lake account/],
  [{ memberEmails: { prod: "dev" } }, /^detection.memberEmails.prod must be an e-mail address/],
  [{ unusedAccessDays: 0 }, /^detection.unusedAccessDays/],
  [{ guardduty: true }, /^detection.guardduty/],
  [{ members: "both" }, /^detection.members/],
])("%j is refused", (detection, message) => {
  expect(said(detection)).toEqual([expect.stringMatching(message)]);
});
