/** Folding the framed log into the state against reading the same events as lines and parsing them, and nothing more. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryState } from '../../../connectors/memory/state.js';
import { systemClock } from '../../../src/domain/clock.js';
import { Intake } from '../../../src/interaction/intake.js';
import { Journal } from '../../../src/journal/journal.js';
import { JournalIndex } from '../../../src/journal/journal-index.js';
import { RejectedLog } from '../../../src/log/rejected-log.js';
import { defaultTopics } from '../../../src/log/topics.js';
import { catchUp } from '../../../src/materializer/catch-up.js';
import { Materializer } from '../../../src/materializer/materializer.js';
import { identityOf } from '../../../src/pipeline.js';
import { eventBytes, ticketEvents } from '../events.js';
import { type Row, ratePerSecond } from '../harness.js';
import { openScratchLog } from '../scratch-log.js';

const EVENTS = 50_000;
const topics = defaultTopics.sources.map(({ name }) => name);

export const rebuild: Row = {
  name: 'rebuild: framed log to state, validated ÷ bare read + JSON.parse of the same events',
  unit: 'events/s',
  better: 'high',
  goal: { ship: 4, stretch: 6 },
  open: async () => {
    const { folder, log, remove } = await openScratchLog();
    const events = ticketEvents(EVENTS, 'bench');
    const intake = new Intake({
      log,
      state: new MemoryState(),
      topics: defaultTopics,
      identity: identityOf(log, defaultTopics),
    });
    for (let at = 0; at < EVENTS; at += 1_000) await intake.append('bench', events.slice(at, at + 1_000));
    const lines = join(folder, 'lines');
    await writeFile(
      lines,
      eventBytes(events)
        .map((bytes) => Buffer.from(bytes).toString())
        .join('\n'),
    );
    const ours = () =>
      ratePerSecond(EVENTS, async () => {
        const state = new MemoryState();
        const rejected = await RejectedLog.open(log, defaultTopics.rejected, systemClock);
        const journal = new Journal(new JournalIndex(), log, defaultTopics);
        const materializer = new Materializer({
          log,
          state,
          journal,
          rejected,
          topics: defaultTopics,
          clock: systemClock,
        });
        const stop = new AbortController();
        const running = materializer.run(stop.signal);
        await catchUp(log, state, topics, { signal: stop.signal, onProgress: () => {} });
        stop.abort();
        await running;
      });
    const baseline = () =>
      ratePerSecond(EVENTS, async () => {
        let parsed = 0;
        for (const line of (await readFile(lines, 'utf8')).split('\n')) if (JSON.parse(line) !== null) parsed++;
        if (parsed !== EVENTS) throw new Error('the baseline read another number of events');
      });
    return { ours, baseline, close: remove };
  },
};
