/** As much of a Terraform state as tells which resources are unfinished. */
export interface State {
  readonly resources: readonly {
    readonly mode: string;
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly status?: string; readonly index_key?: string | number }[];
  }[];
}

/** As much of a stack's configuration as tells which resources are protected. */
export interface Configuration {
  readonly resource?: Readonly<
    Record<string, Readonly<Record<string, { readonly lifecycle?: { readonly prevent_destroy?: boolean } }>>>
  >;
}

/** Addresses of the protected resources whose creation was cut off. */
export function unfinishedProtected(state: State, configuration: Configuration): string[] {
  return state.resources
    .filter(({ mode, type, name }) => mode === "managed" && isProtected(configuration, type, name))
    .flatMap(({ type, name, instances }) =>
      instances
        .filter(({ status }) => status === "tainted")
        .map(({ index_key: index }) => `${type}.${name}${index === undefined ? "" : `[${JSON.stringify(index)}]`}`),
    );
}

function isProtected({ resource = {} }: Configuration, type: string, name: string): boolean {
  return resource[type]?.[name]?.lifecycle?.prevent_destroy === true;
}
