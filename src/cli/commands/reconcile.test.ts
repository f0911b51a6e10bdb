import { describe, expect, it } from 'vitest';
import { MemoryState } from '../../../connectors/memory/state.js';
import { ownsEverything } from '../../materializer/ownership.js';
import type { StateWrite } from '../../state/port.js';
import { account, jsonOf, memoryComposition, ndjson, runCli, ticket } from '../cli.test-support.js';
import type { Composition } from '../composition.js';
import { reconciledLines } from '../text/reconciled.js';

/** It loses every ticket that it is given while `isForgetful`. */
class ForgetfulState extends MemoryState {
  isForgetful = true;

  override write(write: StateWrite) {
    const isKept = ({ entity }: StateWrite['changes'][number]) => !this.isForgetful || entity.key.kind !== 'ticket';
    return super.write({ ...write, changes: write.changes.filter(isKept) });
  }
}

/** A state that outlives the commands. */
function outliving(): { composition: Composition; state: ForgetfulState } {
  const state = new ForgetfulState();
  const plain = memoryComposition();
  const composition: Composition = {
    ...plain,
    openEngines: async (...given) => {
      const opened = await plain.openEngines(...given);
      return { ...opened, engines: { ...opened.engines, state, ownership: ownsEverything } };
    },
  };
  return { composition, state };
}

describe('tidemark reconcile', () => {
  it('mends what the state lacks, says so, and finds nothing the next time', async () => {
    const { composition, state } = outliving();
    await runCli(['load', '-'], { composition, input: ndjson(account, ticket) });
    // Applied when the next command opens the service.
    await runCli(['positions'], { composition });
    state.isForgetful = false;
    const first = await runCli(['reconcile'], { composition });
    expect([first.code, first.out]).toEqual([
      0,
      expect.stringMatching(/2 entities .*mended\n +1 were missing\n +1 of these are mended/),
    ]);
    const again = await runCli(['reconcile', '--json'], { composition });
    const sound = { checked: 2, missing: 0, differing: 0, orphaned: 0, repaired: 0, skipped: 0 };
    expect([again.code, jsonOf(again)]).toEqual([0, { status: 'ended', findings: sound }]);
  });

  it('says that a state of the process itself needs none', async () => {
    const composition = memoryComposition();
    await runCli(['load', '-'], { composition, input: ndjson(account) });
    const { code, out } = await runCli(['reconcile'], { composition });
    expect([code, out]).toEqual([0, expect.stringContaining('folded from the journal when it started')]);
  });

  it('fails where something could not be mended', async () => {
    const findings = { checked: 4, missing: 0, differing: 0, orphaned: 1, repaired: 0, skipped: 2 };
    const lines = reconciledLines({ status: 'ended', findings })
      .map((one) => JSON.stringify(one))
      .join();
    for (const text of ['not all could be mended', '1 are nothing', '2 could not be judged'])
      expect(lines).toContain(text);
  });
});
