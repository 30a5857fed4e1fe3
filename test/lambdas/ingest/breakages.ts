/** Rules of the protocol, left out on purpose: somebody has to notice. */
import { tableStateKey, windowKey } from "../../../contracts/ingestion";
import type { Store, TableState } from "../../../lambdas/ingest/ports";
import type { FakeAws } from "../dispatch/fake-aws";
import type { Breakage } from "./world";

const idOf = ({ pk, sk }: { readonly pk: string; readonly sk: string }) => `${pk} ${sk}`;

/** The real store, with some of its methods replaced. */
const changed = (store: Store, changes: Partial<Store>): Store => ({
  sources: () => store.sources(),
  list: (source) => store.list(source),
  source: (source) => store.source(source),
  state: (id) => store.state(id),
  window: (id, window) => store.window(id, window),
  attempt: (id, startedAt, token) => store.attempt(id, startedAt, token),
  recentAttempt: (id, token) => store.recentAttempt(id, token),
  claim: (id, claim) => store.claim(id, claim),
  release: (id, release) => store.release(id, release),
  note: (id, attempt, facts) => store.note(id, attempt, facts),
  ...changes,
});

const stateIn = (aws: FakeAws, id: string) => aws.items.get(idOf(tableStateKey(id))) as TableState | undefined;

export const breakages: Readonly<Record<string, Breakage>> = {
  "jobs do not ask whether they still have the table": { isUnfenced: true },

  "a claim does not ask who has the table": {
    store: (store, aws) =>
      changed(store, {
        state: async (id) => {
          const state = await store.state(id);
          if (state === undefined) return undefined;
          const { holder, ...others } = state;
          return others;
        },
        claim: (id, { seen, ...claim }) => {
          const now = stateIn(aws, id);
          return store.claim(id, now === undefined ? claim : { ...claim, seen: now });
        },
      }),
  },

  "each attempt gets a window of its own": {
    store: (store, aws) =>
      changed(store, {
        window: async () => undefined,
        claim: (id, { open, ...claim }) => {
          aws.items.delete(idOf(windowKey(id, claim.window)));
          return store.claim(id, claim);
        },
      }),
  },
};
