/** PEM files with the authorities that a database's certificate may come from. */
import { X509Certificate } from "node:crypto";

/** Such a file lies beside its source, whatever the name may try. */
export const authorityName = /^\w[\w.-]*\.pem$/;

const block = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** What is wrong with the text of such a file, or undefined. */
export function authorityFault(text: string): { message: string; fix: string } | undefined {
  const fix = "put nothing but certificates of authorities in it, each from -----BEGIN CERTIFICATE----- on";
  const blocks = [...text.matchAll(block)];
  if (blocks.some(([, label = ""]) => label.endsWith("PRIVATE KEY"))) {
    return { message: "holds a private key, which belongs in no repository", fix: `replace that key, and ${fix}` };
  }
  const isEvery = blocks.every(([pem, label]) => label === "CERTIFICATE" && isCertificate(pem));
  return blocks.length > 0 && isEvery ? undefined : { message: "is no PEM file with certificates", fix };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
