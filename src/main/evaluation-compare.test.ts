import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompareWish, Told } from '../cli/evaluation.js';
import { readConfig } from '../config.js';
import { evaluation } from './evaluation.js';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

function entry(kind: string, id: string, data: object): string {
  const event = {
    specversion: '1.0',
    id,
    source: '/test',
    type: `${kind}.changed`,
    subject: id,
    tenant: 'acme',
    time: '2026-01-01T00:00:00Z',
    data: { id, ...data },
  };
  return `${JSON.stringify({ at: '2026-01-01T00:00:00Z', tenant: 'acme', topicKind: kind, event })}\n`;
}

const policy = { policyId: 'refund', version: '1', title: 'Refunds', body: 'Refunds are granted within 30 days.' };

const suite = `
name: refunds
stream: { file: stream.ndjson }
tenant: acme
setups:
  now: { embedder: lexical }
  longer: { embedder: lexical, policies: longer.yaml }
questions:
  - { id: q1, at: end, account: A-1, question: "Until when are refunds granted?", expect: { relevant: [policy/refund@1] } }
  - { id: q2, at: end, account: A-1, question: "Which plan has this customer?", kinds: [ticket] }
`;

beforeAll(() => {
  const account = entry('account', 'A-1', { name: 'Harbour Books', plan: 'team', region: 'eu' });
  writeFileSync(at('stream.ndjson'), account + entry('policy', 'refund@1', policy));
  writeFileSync(at('suite.yaml'), suite);
  const longer = {
    tenant: 'acme',
    policies: [{ data: { id: 'refund@1', ...policy, body: 'Refunds are granted within 90 days.' } }],
  };
  writeFileSync(at('longer.yaml'), JSON.stringify({ ...longer, replace: true }));
});

type Done = Extract<Told, { kind: 'done' }>;

async function compared(wish: CompareWish): Promise<Done> {
  const told = await evaluation.compare(readConfig({}), wish, {
    signal: new AbortController().signal,
    progress: () => {},
  });
  if (told.kind === 'done') return told;
  throw new Error('nobody interrupted it');
}

const setups = (a: string, b: string): CompareWish => ({
  kind: 'setups',
  suite: at('suite.yaml'),
  setups: [a, b],
  out: at(`${a} and ${b}`),
  resume: false,
});

describe('two set-ups over one stream', () => {
  it('list the question whose context has another policy text, and no other', async () => {
    const { json, lines, files } = await compared(setups('now', 'longer'));
    expect(json).toMatchObject({ questions: 2, changed: 1 });
    expect(json.changes).toMatchObject([
      { id: 'q1', refs: expect.arrayContaining([expect.objectContaining({ valueChanged: true })]) },
    ]);
    expect(lines.map(({ text }) => text).join('\n')).toContain('≠policy/refund@1');
    expect(readFileSync(files[0] ?? '', 'utf8')).toContain('1 of 2 contexts changed');
  });

  it('change nothing when they are the same by another name', async () => {
    expect((await compared(setups('now', 'lexical'))).json).toMatchObject({ changed: 0, changes: [] });
  });

  it('are compared from their reports alone as when they were run', async () => {
    const run = await compared(setups('now', 'longer'));
    const report = (name: string) => join(at('now and longer'), name, 'report.json');
    const read = await compared({ kind: 'reports', reports: [report('now'), report('longer')], out: at('again') });
    expect(read.json).toEqual(run.json);
  });

  it('are refused when the suite has none of the name, with one clear line', async () => {
    await expect(compared(setups('now', 'nwo'))).rejects.toMatchObject({
      code: 'suite_invalid',
      message: 'suite.yaml: unknown set-up "nwo" (known: now, longer)',
    });
  });

  it('are refused when a report is not there', async () => {
    const wish = { kind: 'reports', reports: [at('no.json'), at('no.json')] } as const;
    await expect(compared(wish)).rejects.toMatchObject({ code: 'suite_invalid' });
  });
});
