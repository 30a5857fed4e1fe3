import type { LakeAccountSettings } from "./schema";

/** Old versions are kept for a week: long enough to take a mistake back. */
const briefly = { keepOldVersionsDays: 7 };

/**
 * Settings of a lake in which little happens, such as one for development: less memory, fewer files at a time, and what
 * was overwritten or logged is kept for a shorter time. An account's file spreads them, and overrides what it wants.
 */
export const small = {
  logRetentionDays: 30,
  zones: [
    { name: "drop", lifecycle: { expireAfterDays: 30, ...briefly } },
    { name: "raw", lifecycle: briefly },
    { name: "refined", lifecycle: briefly },
    { name: "curated", lifecycle: briefly },
  ],
  intake: { memoryMb: 1024, diskMb: 2048, concurrency: 2 },
} satisfies Partial<LakeAccountSettings>;
