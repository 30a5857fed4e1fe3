import { type Check, isEmpty, unlike } from "./check";

const ROLE = /^arn:aws:iam::\d{12}:role\/[\w+=,.@-]+$/;

export const statesAreSafe: Check = {
  name: "every state is kept encrypted under a key of ours, locked while in use, and reached by a role",
  find: ({ json, name }) =>
    unlike((json.terraform?.backend ?? {}) as Record<string, never>, {
      "s3.encrypt": true,
      "s3.kms_key_id": /^arn:aws:kms:[\w-]+:\d{12}:alias\/[\w-]+-state$/,
      "s3.use_lockfile": true,
      "s3.bucket": /-state-\d{12}-[\w-]+$/,
      "s3.key": `${name}/terraform.tfstate`,
      "s3.region": /^[a-z]{2}-[\w-]+-\d$/,
      "s3.assume_role.role_arn": ROLE,
      ...(name === "bootstrap" ? {} : { "s3.assume_role.external_id": /\S/ }),
    }).map((text) => `${name}: ${text}`),
};

export const providersAreBound: Check = {
  name: "every provider works in one account alone, by a role, and tags what it makes",
  find: ({ json, name }) => [
    ...(isEmpty(json.provider?.aws) ? [`${name} has no provider`] : []),
    ...(json.provider?.aws ?? []).flatMap((provider) => {
      const accounts = provider.allowed_account_ids;
      const [account] = Array.isArray(accounts) ? accounts : [];
      return [
        ...(Array.isArray(accounts) && accounts.length === 1 ? [] : ["works in any account"]),
        ...unlike(provider, {
          "assume_role.0.role_arn": new RegExp(`^arn:aws:iam::${account}:role/`),
          "assume_role.0.session_name": /^[\w+=,.@-]{2,64}$/,
          ...(name === "bootstrap" ? {} : { "assume_role.0.external_id": /\S/ }),
          "default_tags.0.tags.owner": /@/,
          "default_tags.0.tags.cost-centre": /\S/,
          "default_tags.0.tags.project": /\S/,
          "default_tags.0.tags.environment": /\S/,
          "default_tags.0.tags.managed-by": "terraform",
        }),
      ].map((text) => `${name}, provider of ${account}: ${text}`);
    }),
  ],
};

export const versionsAreKnown: Check = {
  name: "Terraform and the provider have the versions that the stacks were made for",
  find: ({ json, name }) =>
    unlike(json.terraform ?? {}, {
      required_version: ">= 1.11.0",
      "required_providers.aws.version": /^\d+\.\d+\.\d+$/,
    }).map((text) => `${name}: ${text}`),
};

/** Marks of values that were not there when they were written. */
const ACCIDENTS = [/token\[/i, /TOKEN\.\d/, /\bundefined\b/, /\[object \w+\]/, /\bNaN\b/, /\bInfinity\b/];

export const textIsWhole: Check = {
  name: "nothing is written that was not known",
  find: ({ json, name }) => {
    const text = JSON.stringify(json);
    return ACCIDENTS.filter((accident) => accident.test(text)).map((accident) => `${name} contains ${accident}`);
  },
};

/** What secrets look like. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  "an access key": /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  "a private key": /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  "a token of GitHub": /\bgh[pousr]_[A-Za-z0-9]{30,}/,
  "a password": /"(?!http_tokens")[\w-]*(password|passwd|secret|token|api_?key)[\w-]*"\s*:\s*"(?!\$\{)[^"]+"/i,
  "credentials in an address": /\w+:\/\/[^/\s":]+:[^/\s"@]+@/,
};

export const secretsAreElsewhere: Check = {
  name: "no secret is written down",
  find: ({ json, name }) => {
    const text = JSON.stringify(json);
    return Object.entries(SECRETS)
      .filter(([, pattern]) => pattern.test(text))
      .map(([kind]) => `${name} contains ${kind}`);
  },
};
