/** Reads the lines that Terraform prints with `-json`. https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
import { plural } from "./table";

interface Event {
  readonly type?: string;
  readonly "@message"?: string;
  readonly change?: { readonly resource: { readonly addr: string }; readonly action: string };
  readonly hook?: { readonly resource: { readonly addr: string }; readonly action?: string };
  readonly changes?: Counts;
  readonly diagnostic?: Diagnostic;
}

interface Counts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
}

interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
}

/** One thing that Terraform could not do. */
export interface Failure {
  /** Address of the resource, when it was one. */
  readonly address?: string;
  readonly summary: string;
  readonly detail?: string;
}

/** What a change of a resource is, e.g. `create`, `update`, `delete`, `replace`. */
export interface PlannedChange {
  readonly address: string;
  readonly action: string;
}

/** Follows one run of Terraform. */
export class TerraformEvents {
  readonly planned: PlannedChange[] = [];
  /** What a plan wants to change or an apply has changed. */
  counts: Counts = { add: 0, change: 0, remove: 0 };
  readonly #diagnostics: Diagnostic[] = [];
  readonly #errored: string[] = [];
  #refreshed = 0;
  /** Addresses: what is replaced is told twice, as gone and as made. */
  readonly #applied = new Set<string>();

  /** @returns a word about the progress, if the line tells of any */
  read(line: string): string | undefined {
    const event = parse(line);
    switch (event?.type) {
      case "planned_change":
        return this.#plan(event);
      case "refresh_complete":
        this.#refreshed += 1;
        return `${plural(this.#refreshed, "resource")} read`;
      case "apply_start":
      case "apply_progress":
        return this.#describeApply(event);
      case "apply_complete":
        if (event.hook !== undefined && event.hook.action !== "read") this.#applied.add(event.hook.resource.addr);
        return this.#describeApply(event);
      case "apply_errored":
        this.#errored.push(event.hook?.resource.addr ?? "");
        return undefined;
      case "change_summary":
        this.counts = event.changes ?? this.counts;
        return undefined;
      case "diagnostic":
        if (event.diagnostic?.severity === "error") this.#diagnostics.push(event.diagnostic);
        return undefined;
      default:
        return undefined;
    }
  }

  #plan({ change }: Event): undefined {
    if (change === undefined || change.action === "noop" || change.action === "read") return;
    this.planned.push({ address: change.resource.addr, action: change.action });
  }

  #describeApply({ hook }: Event): string | undefined {
    return hook === undefined || hook.action === "read"
      ? undefined
      : `${this.#applied.size} of ${this.planned.length}: ${hook.resource.addr}`;
  }

  /** What went wrong. Failures to delete come without an address: it is one of the resources that are left over. */
  get failures(): Failure[] {
    const named = new Set(this.#diagnostics.map(({ address }) => address));
    const unnamed = this.#errored.filter((address) => !named.has(address)).join(" or ");
    return this.#diagnostics.map(({ address = unnamed === "" ? undefined : unnamed, summary, detail }) => ({
      address,
      summary,
      detail,
    }));
  }
}

function parse(line: string): Event | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined;
  }
}
