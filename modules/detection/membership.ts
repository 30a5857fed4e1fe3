/** How an account takes part in what another one watches. */

/** An account that is watched. */
export interface Member {
  readonly accountId: string;
  /** Address of its root user, which AWS compares. */
  readonly email: string;
}

/** The two sides of a membership; an account has one of them. */
export interface Membership {
  /** The accounts that this one watches. @default none */
  readonly members?: readonly Member[];
  /** The account that watches this one, if it has to be told so. @default nobody, or members of the organization need no invitation */
  readonly administrator?: string;
  /** Are members invited, and have to accept? */
  readonly invited: boolean;
}
