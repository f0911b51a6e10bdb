/** Producers of other makers, each driven one record at a time and asked what it was acknowledged. */

export interface Message {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface OtherClient {
  /**
   * Resolves when the brokers have acknowledged the record, with `topic:partition:offset` as this client was told them: what a plain
   * producer passes on as a token.
   */
  produce(message: Message): Promise<string>;
  close(): Promise<void>;
}

export interface ClientMaker {
  readonly name: string;
  /** Why it cannot be had here; undefined when it can. Asked before any test runs, so it does not start anything that stays. */
  missing(): string | undefined;
  open(servers: readonly string[]): Promise<OtherClient>;
}
