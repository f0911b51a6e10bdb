/**
 * What an index rejects with that will not take a write as it is. It can be asked, and trying the same again is of no use: others go on,
 * and what was refused stays pending, so that questions score it beside the index.
 */
export class IndexRefusal extends Error {
  override readonly name = 'IndexRefusal';
  /** Of the index's own answer, without its words: those may repeat what was sent. */
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super('the retrieval index refuses a write', { cause });
    this.reason = reason;
  }
}
