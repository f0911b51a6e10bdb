/** What is wished for in topics that are made, and what has to be done for it: of the connector that does it, and the command that shows it. */

export interface TopicWish {
  /** Of topics that entities and interactions come from; absent: as the configuration says. Our own have one. */
  readonly partitions?: number | undefined;
  /** Copies of each partition; absent: as many as the brokers make by themselves. */
  readonly replication?: number | undefined;
}

export interface TopicStep {
  readonly topic: string;
  /** `none`: it is as it should be. `create`, `alter`: what apply does. `differs`: it is not as it should be, and apply leaves it so. */
  readonly action: 'none' | 'create' | 'alter' | 'differs';
  /** For a person: what would be, or was, done, or how it differs. */
  readonly what: string;
}
