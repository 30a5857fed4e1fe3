/** What S3 tells through SQS. */
import type { SourceObject } from "../../contracts/layout";

/** An object version that has arrived; its time is known only to the object itself. */
export type ArrivedObject = Omit<SourceObject, "lastModified">;

interface Notification {
  readonly Records?: readonly {
    readonly eventSource?: string;
    readonly eventName?: string;
    readonly s3?: {
      readonly bucket: { readonly name: string };
      readonly object: { readonly key: string; readonly versionId?: string };
    };
  }[];
  readonly Event?: string;
}

/**
 * The objects a message speaks of: none for the test event that S3 sends when a notification is configured, for
 * deletions, and for the empty objects with which consoles pretend that there are folders.
 * @throws Error when the message is none of S3's, so that it ends in the dead-letter queue instead of in silence
 */
export function arrivedObjects(body: string): ArrivedObject[] {
  const notification = JSON.parse(body) as Notification | null;
  if (notification?.Event === "s3:TestEvent") return [];
  if (!Array.isArray(notification?.Records)) throw new Error("The message is no notification of S3");
  return notification.Records.flatMap(({ eventName, s3 }) => {
    if (s3 === undefined || eventName === undefined) throw new Error("The message is no notification of S3");
    if (!/^(s3:)?ObjectCreated:/.test(eventName)) return [];
    const key = decodeKey(s3.object.key);
    return key.endsWith("/") ? [] : [{ bucket: s3.bucket.name, key, versionId: s3.object.versionId }];
  });
}

/** Keys come as in a form: blanks are `+`, the rest is percent-encoded. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
