/** The library ships no types of its own. */
declare module "asl-validator" {
  /** What is wrong with a state machine. */
  export default function validate(definition: object): {
    readonly isValid: boolean;
    readonly errors: readonly unknown[];
  };
}
