/** Every sentence of `archive-port.ts` as a case. Each implementation of the journal's archive runs this suite. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ArchivedSegment, JournalArchive, SegmentName } from './archive-port.js';

/** One store of its own. */
export interface ArchiveSubject {
  /** A connection to the store; each call makes another one, as of another process. All are closed by whoever made the subject. */
  connect(): Promise<JournalArchive>;
  /** Puts these bytes in the place of a segment's, or removes it, behind the archive's back. */
  harm(name: SegmentName, content: Uint8Array | undefined): Promise<void>;
}

export interface ArchiveContractOptions {
  readonly rounds: number;
  /** More than the store tells in one answer, if it tells that many in one. */
  readonly listed: number;
}

type Subject = () => ArchiveSubject;

export function archiveContract(
  name: string,
  make: () => Promise<ArchiveSubject>,
  options: ArchiveContractOptions = { rounds: 50, listed: 30 },
): void {
  describe(`${name} keeps the contract of the journal's archive`, () => {
    const made: { subject: ArchiveSubject | undefined } = { subject: undefined };
    const subject: Subject = () => {
      if (made.subject === undefined) throw new Error('the subject is made before each case');
      return made.subject;
    };
    beforeEach(async () => {
      made.subject = await make();
    });

    describe('storing', () => putCases(subject, options));
    describe('listing', () => listCases(subject, options));
    describe('reading', () => getCases(subject));
    describe('owners', () => ownerCases(subject));
  });
}

const bytes = (text: string) => new TextEncoder().encode(text);

export function segmentNamed(more: Partial<SegmentName> = {}): SegmentName {
  return { logId: 'log-1', topic: 'support.tickets', incarnationId: 'i-1', partition: 0, baseOffset: 0n, ...more };
}

async function stored(archive: JournalArchive, name: SegmentName): Promise<Uint8Array | undefined> {
  const found = (await archive.list(name.logId)).find(
    (one) => one.topic === name.topic && one.partition === name.partition && one.baseOffset === name.baseOffset,
  );
  return found && archive.get(found);
}

function putCases(subject: Subject, { rounds }: ArchiveContractOptions): void {
  it('stores what is not there, and every connection reads it', async () => {
    const content = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256);
    expect(await (await subject().connect()).put(segmentNamed(), content)).toBe('stored');
    expect(await stored(await subject().connect(), segmentNamed())).toEqual(content);
  });

  it("answers 'same' when these very bytes are there", async () => {
    const archive = await subject().connect();
    await archive.put(segmentNamed(), bytes('a'));
    expect(await archive.put(segmentNamed(), bytes('a'))).toBe('same');
    expect(await (await subject().connect()).put(segmentNamed(), bytes('a'))).toBe('same');
  });

  it.each([
    ['others', 'b'],
    ['longer ones that begin alike', 'ab'],
    ['none', ''],
  ])("answers 'taken' to %s, and the first stay", async (_what, other) => {
    const archive = await subject().connect();
    await archive.put(segmentNamed(), bytes('a'));
    expect(await archive.put(segmentNamed(), bytes(other))).toBe('taken');
    expect(await stored(archive, segmentNamed())).toEqual(bytes('a'));
  });

  it('keeps what it was given when the caller uses the memory again', async () => {
    const archive = await subject().connect();
    const content = bytes('abc');
    await archive.put(segmentNamed(), content);
    content.fill(0);
    expect(await stored(archive, segmentNamed())).toEqual(bytes('abc'));
  });

  it('lets exactly one of eight who try at once succeed, round after round', async () => {
    const owners = await Promise.all(Array.from({ length: 8 }, () => subject().connect()));
    for (let round = 0; round < rounds; round++) {
      const name = segmentNamed({ baseOffset: BigInt(round) });
      const answers = await Promise.all(owners.map((owner, i) => owner.put(name, bytes(`round ${round} owner ${i}`))));
      const winner = answers.indexOf('stored');
      expect(answers.map((answer) => answer === 'taken')).toEqual(owners.map((_, i) => i !== winner));
      expect(await stored(await subject().connect(), name)).toEqual(bytes(`round ${round} owner ${winner}`));
    }
  });
}

function listCases(subject: Subject, { listed }: ArchiveContractOptions): void {
  it('is empty for a log that has nothing', async () => {
    expect(await (await subject().connect()).list('log-1')).toEqual([]);
  });

  it('goes by topic, partition and base offset as numbers, whatever the order of storing', async () => {
    const archive = await subject().connect();
    const names = [
      segmentNamed({ topic: 'a', partition: 2 }),
      segmentNamed({ topic: 'a', partition: 10, baseOffset: 9n }),
      segmentNamed({ topic: 'a', partition: 10, baseOffset: 10n }),
      segmentNamed({ topic: 'a', partition: 10, baseOffset: 9_000_000_000_000_000_000n }),
      segmentNamed({ topic: 'a.b', partition: 0 }),
      segmentNamed({ topic: 'b', partition: 0 }),
    ];
    for (const name of [...names].reverse()) await archive.put(name, bytes('four'));
    expect(await archive.list('log-1')).toEqual(names.map((name) => ({ ...name, bytes: 4 })));
  });

  it('keeps those that owners stored beside the first one at an offset, the older owner first', async () => {
    const archive = await subject().connect();
    const names = [segmentNamed(), ...[2, 10].map((ownerEpoch) => segmentNamed({ ownerEpoch }))];
    const contents = names.map(({ ownerEpoch = 0 }) => bytes(`of ${ownerEpoch}`));
    for (const [index, name] of names.entries()) {
      expect(await archive.put(name, contents[index] ?? bytes(''))).toBe('stored');
    }
    const found = await archive.list('log-1');
    expect(found.map(({ ownerEpoch }) => ownerEpoch)).toEqual([undefined, 2, 10]);
    expect(await Promise.all(found.map((one) => archive.get(one)))).toEqual(contents);
  });

  it('tells logs apart, also those whose ids begin alike, and incarnations of a topic', async () => {
    const archive = await subject().connect();
    const names = ['i-1', 'i-2'].map((incarnationId) => segmentNamed({ incarnationId }));
    for (const name of names) expect(await archive.put(name, bytes(name.incarnationId))).toBe('stored');
    await archive.put(segmentNamed({ logId: 'log-10' }), bytes('other'));
    const found = await archive.list('log-1');
    expect(found.map(({ incarnationId }) => incarnationId).sort()).toEqual(['i-1', 'i-2']);
    for (const one of found) expect(await archive.get(one)).toEqual(bytes(one.incarnationId));
  });

  it.each([['a/b'], ['..'], ['A%2FB'], ['~owners'], ['ключ é'], ['a+b&c=d?e#f "<>\\'], ['MkU3OEVBNTcwNTJENDM2Qg']])(
    'keeps the ids %s as they are',
    async (id) => {
      const archive = await subject().connect();
      const name = segmentNamed({ logId: id, incarnationId: id });
      await archive.put(name, bytes('x'));
      await archive.claim(id);
      expect(await archive.list(id)).toEqual([{ ...name, bytes: 1 }]);
      expect(await stored(archive, name)).toEqual(bytes('x'));
    },
  );

  it('is whole however long it is', async () => {
    const archive = await subject().connect();
    const offsets = Array.from({ length: listed }, (_, i) => BigInt(i));
    for (let at = 0; at < listed; at += 16) {
      await Promise.all(
        offsets.slice(at, at + 16).map((baseOffset) => archive.put(segmentNamed({ baseOffset }), bytes('x'))),
      );
    }
    expect((await archive.list('log-1')).map(({ baseOffset }) => baseOffset)).toEqual(offsets);
  });
}

function getCases(subject: Subject): void {
  async function harmed(content: Uint8Array | undefined): Promise<[JournalArchive, ArchivedSegment]> {
    const archive = await subject().connect();
    await archive.put(segmentNamed(), bytes('as it was'));
    const [listed] = await archive.list('log-1');
    if (listed === undefined) throw new Error('what was stored is listed');
    await subject().harm(segmentNamed(), content);
    return [archive, listed];
  }

  it('rejects with log_damaged when the segment is not there', async () => {
    const [archive, listed] = await harmed(undefined);
    await expect(archive.get(listed)).rejects.toMatchObject({ code: 'log_damaged', retriable: false });
  });

  it('rejects with log_damaged when it is shorter than listed', async () => {
    const [archive, listed] = await harmed(bytes('as it'));
    await expect(archive.get(listed)).rejects.toMatchObject({ code: 'log_damaged', retriable: false });
  });
}

function ownerCases(subject: Subject): void {
  it('has none before the first claim', async () => {
    expect(await (await subject().connect()).newestOwner('log-1')).toBe(0);
  });

  it('gives each claim an epoch above every earlier one, per log', async () => {
    const archive = await subject().connect();
    const epochs: number[] = [];
    for (let i = 0; i < 12; i++) epochs.push(await (await subject().connect()).claim('log-1'));
    expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
    expect(epochs[0]).toBeGreaterThan(0);
    expect(await archive.newestOwner('log-1')).toBe(epochs.at(-1));
    expect(await archive.newestOwner('log-10')).toBe(0);
  });

  it('gives claims made at once an epoch each', async () => {
    const owners = await Promise.all(Array.from({ length: 8 }, () => subject().connect()));
    for (let round = 0; round < 3; round++) {
      const before = await owners[0]?.newestOwner('log-1');
      const epochs = await Promise.all(owners.map((owner) => owner.claim('log-1')));
      expect(new Set(epochs).size).toBe(8);
      expect(Math.min(...epochs)).toBeGreaterThan(before ?? 0);
      expect(await owners[0]?.newestOwner('log-1')).toBe(Math.max(...epochs));
    }
  });

  it('lists no claim as a segment', async () => {
    const archive = await subject().connect();
    await archive.claim('log-1');
    expect(await archive.list('log-1')).toEqual([]);
  });
}
