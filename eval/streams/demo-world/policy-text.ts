/** The form in which policies are written down here. Versions of one policy share title and audience; their numbers change. */

export interface PolicyVersionText {
  /** First day in force. */
  readonly from: string;
  /** When it reaches the log. Absent: it was there before the world begins. */
  readonly publishedAt?: string;
  /** When the source also closed the previous version with an end date. Absent: that one stays open and is only outrun. */
  readonly closesPreviousAt?: string;
  readonly body: string;
}

export interface PolicyText {
  readonly policyId: string;
  readonly title: string;
  readonly appliesTo?: {
    readonly plans?: readonly string[];
    readonly regions?: readonly string[];
    readonly products?: readonly string[];
  };
  /** Version 1 first. */
  readonly versions: readonly PolicyVersionText[];
}
