import { GlueDataCatalogEncryptionSettings } from "@cdktf/provider-aws/lib/glue-data-catalog-encryption-settings";
import type { Construct } from "constructs";
import type { Key } from "../keys/key";

/**
 * Encrypts all that is new in the account's catalog; what was there before stays as it is. Databases depend on it.
 *
 * AWS keeps one such setting an account and region. It stands with the databases, not with the settings of the account in
 * the bootstrap stack, because a key opens by its own policy alone: that policy has to name the roles that read the catalog,
 * and they and the key are made in the same stack. No two lakes share an account, and the mark of the account's owner keeps
 * a second project from deploying there, so nobody else sets it.
 */
export function encryptCatalog(scope: Construct, key: Key): GlueDataCatalogEncryptionSettings {
  return new GlueDataCatalogEncryptionSettings(scope, "encryption", {
    dataCatalogEncryptionSettings: {
      encryptionAtRest: { catalogEncryptionMode: "SSE-KMS", sseAwsKmsKeyId: key.arn },
      connectionPasswordEncryption: { returnConnectionPasswordEncrypted: true, awsKmsKeyId: key.arn },
    },
  });
}
