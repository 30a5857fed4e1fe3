import { clearanceTag, type Persona } from "./people";

/** Who has a sandbox: people who ask. */
export const sandboxOwners = ["data-scientist", "data-analyst"] as const satisfies readonly Persona[];

/** Part of the physical names of the bucket in which people try things out, and of its key. */
export const sandboxPart = "sandbox";

/**
 * The folder of one person with one clearance, with a slash at its end.
 * @param userId what AWS calls a session: the id of its role, a colon and the session's name
 */
export function sandboxFolder(clearance: string, userId: string): string {
  return `${clearance}/${userId}/`;
}

/** The folder of whoever asks, as policies name it. */
export const ownSandboxFolder = sandboxFolder(`\${aws:PrincipalTag/${clearanceTag}}`, "${aws:userid}");
