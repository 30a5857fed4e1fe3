import { type Command, Option, type OptionValues } from "commander";
import { type Clearance, clearances, type Persona, personas } from "../contracts/people";

/** As whom somebody works: a persona's role, and the clearance of the session. */
export interface Person {
  readonly persona: Persona;
  readonly clearance: Clearance;
}

/** Who keeps the data flowing sees no more by it than everybody who is cleared at all. */
export const ENGINEER: Person = { persona: "data-engineer", clearance: "proprietary" };

/** Declares as whom the command works. @param least what is enough for it, as people read it */
export function personOptions(
  command: Command,
  least: { readonly persona: Persona; readonly clearance: string },
): Command {
  return command
    .addOption(new Option("--as <persona>", `whose role to take (default: ${least.persona})`).choices(personas))
    .addOption(
      new Option("--clearance <level>", `clearance of the session (default: ${least.clearance})`).choices(clearances),
    );
}

/** As whom the command was asked to work. @param least what is enough for it */
export function personOf(options: OptionValues, least: Person): Person {
  const { as: persona, clearance } = options as { as?: Persona; clearance?: Clearance };
  return { persona: persona ?? least.persona, clearance: clearance ?? least.clearance };
}

/** `data-analyst (confidential)` */
export function describePerson({ persona, clearance }: Person): string {
  return `${persona} (${clearance})`;
}
