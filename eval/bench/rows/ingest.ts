/**
 * Validated, durable ingest in batches of 100 against a bare framed append: the same events as bytes, each behind its length and its
 * CRC-32, one write and one fdatasync of one file per batch. Nothing is parsed, spread over partitions or remembered there.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { MemoryState } from '../../../connectors/memory/state.js';
import { Intake } from '../../../src/interaction/intake.js';
import { defaultTopics } from '../../../src/log/topics.js';
import { identityOf } from '../../../src/pipeline.js';
import { eventBytes, ticketEvents } from '../events.js';
import { type Row, ratePerSecond } from '../harness.js';
import { openScratchLog } from '../scratch-log.js';

const EVENTS = 20_000;
const BATCH = 100;

export const ingest: Row = {
  name: 'ingest: validated and durable, batches of 100 ÷ bare framed append + fdatasync of the same bytes',
  unit: 'events/s',
  better: 'high',
  goal: { ship: 0.5, stretch: 0.7 },
  open: async () => {
    const { folder, log, remove } = await openScratchLog();
    const state = new MemoryState();
    const intake = new Intake({ log, state, topics: defaultTopics, identity: identityOf(log, defaultTopics) });
    const bytes = eventBytes(ticketEvents(EVENTS, 'bench'));
    let round = 0;
    const file = await open(join(folder, 'baseline'), 'a');
    const ours = () => {
      // New ids each time: what was appended before would be recognised and not appended again.
      const events = ticketEvents(EVENTS, 'bench', ++round);
      return ratePerSecond(EVENTS, async () => {
        for (let at = 0; at < EVENTS; at += BATCH) await intake.append('bench', events.slice(at, at + BATCH));
      });
    };
    const baseline = () =>
      ratePerSecond(EVENTS, async () => {
        for (let at = 0; at < EVENTS; at += BATCH) {
          await file.write(framed(bytes.slice(at, at + BATCH)));
          await file.datasync();
        }
      });
    const close = async () => {
      await file.close();
      await remove();
    };
    return { ours, baseline, close };
  },
};

function framed(batch: readonly Uint8Array[]): Buffer {
  const frames = Buffer.allocUnsafe(batch.reduce((sum, bytes) => sum + FRAME_HEADER_BYTES + bytes.length, 0));
  let at = 0;
  for (const bytes of batch) {
    frames.writeUInt32LE(bytes.length, at);
    frames.writeUInt32LE(crc32(bytes), at + 4);
    frames.set(bytes, at + FRAME_HEADER_BYTES);
    at += FRAME_HEADER_BYTES + bytes.length;
  }
  return frames;
}

const FRAME_HEADER_BYTES = 8;
