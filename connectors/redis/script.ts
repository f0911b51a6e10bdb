/** A script of Redis, known to the server by its digest: the server forgets it when it restarts, and is then told it again. */
import { createHash } from 'node:crypto';

export class Script {
  readonly text: string;
  readonly sha1: string;

  constructor(...pieces: readonly string[]) {
    this.text = pieces.join('\n');
    this.sha1 = createHash('sha1').update(this.text).digest('hex');
  }
}
