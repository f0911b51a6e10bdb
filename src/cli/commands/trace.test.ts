import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/canonical.js';
import { account, event, jsonOf, memoryComposition, ndjson, policy, runCli, ticket } from '../cli.test-support.js';
import { objectOf, objectsOf, textAt } from '../json-read.js';
import { textOf } from '../text/line.js';
import { mermaidText } from '../text/mermaid.js';
import { traceLines } from '../text/trace.js';

describe('tidemark trace', () => {
  const composition = memoryComposition();
  let snapshot = '';
  let ticketAt = '';
  beforeEach(async () => {
    const input = ndjson(account, ticket, policy(1, '2026-01-01T00:00:00Z'));
    await runCli(['load', '-'], { composition, input });
    const asked = jsonOf(await runCli(['ask', 'A-1', 'Refunds?', '--json'], { composition }));
    snapshot = textAt(asked, 'id');
    const shown = objectsOf(asked.items).find((item) => textAt(item, 'ref') === 'ticket/T-1') ?? expect.fail();
    ticketAt = ['topic', 'partition', 'offset'].map((name) => textAt(objectOf(shown.source), name)).join(':');
  });

  const decide = async (id: string, ...types: readonly (readonly [type: string, data: object])[]) => {
    const events = types.map(([type, data], n) => ({ ...event(type, id, {}, `${id}.${n}`), data: { ...data } }));
    const ran = await runCli(['load', '-'], { composition, input: ndjson(...events) });
    expect(ran.err).toBe('');
    expect(ran.code).toBe(0);
  };
  const proposed = () => ['decision.proposed', { action: 'refund', snapshots: [snapshot], approval: 'none' }] as const;

  it('shows a whole decision as a tree, with exit code 0', async () => {
    await decide('D-1', proposed(), ['decision.executed', { wrote: [ticketAt], follows: 'D-1.0' }]);
    const ran = await runCli(['trace', 'D-1'], { composition });
    const beginnings = ran.out.split('\n').filter((one) => /^[├│└C]|^ {3}└/.test(one));
    expect(beginnings.map((one) => one.replace(/ · .*/, ''))).toEqual([
      'COMPLETE',
      expect.stringMatching(/^├─ snapshot sha256-/),
      '│  ├─ account/A-1',
      '│  ├─ ticket/T-1',
      '│  ├─ policy/refund@1',
      '│  └─ policySet',
      '├─ decision.proposed',
      '└─ decision.executed',
      '   └─ ticket/T-1',
    ]);
    expect(ran.code).toBe(0);
  });

  it('names what is missing, with exit code 1', async () => {
    await decide('D-2', proposed(), ['decision.executed', { follows: 'D-2.9', wrote: ['support.tickets:0:7'] }]);
    const ran = await runCli(['trace', 'D-2'], { composition });
    expect(ran.out).toContain('missing decision: the event D-2.9 that decision.executed follows · missing · at');
    expect(ran.out).toContain(
      'missing written: a record that decision.executed names · not there · at support.tickets:0:7',
    );
    expect(ran.code).toBe(1);
    expect(jsonOf(await runCli(['trace', 'D-2', '--json'], { composition }))).toMatchObject({ complete: false });
  });

  it('draws a Mermaid flowchart in which no name can end a label', async () => {
    const id = 'D"]; click h0 "javascript:1"';
    await decide(id, proposed(), ['decision.overridden', { by: 'kim', reason: 'no', follows: `${id}"]` }]);
    const { out } = await runCli(['trace', id, '--mermaid'], { composition });
    expect(out).toMatch(/^flowchart TD\n {2}h0\["/);
    expect(out).toMatch(/ {2}h0 --> h\d\n/);
    expect(out.match(/"/g)?.length).toBe(2 * (out.match(/\["/g)?.length ?? 0));
    expect(out).not.toContain('click h0 "');
  });

  it('knows no decision that nobody has made', async () => {
    const ran = await runCli(['trace', 'D-0'], { composition });
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toContain('no decision of this id');
  });
});

describe('a trace as text', () => {
  const hop = (stage: string, ref: string, facts: JsonObject = {}) => {
    return { stage, ref, position: 'p:0:1', time: 't', hash: 'sha256-0', facts };
  };
  const call = (type: string, claim = '') => hop('tool', type, { subject: 'k', eventId: `${type}${claim}`, claim });
  const trace: JsonObject = {
    id: 'D-1',
    complete: false,
    hops: [
      call('tool.called', 'first'),
      call('tool.called', 'duplicate'),
      call('tool.returned'),
      hop('policy', 'policySet', { snapshot: 'sha256-gone' }),
      hop('decision', 'decision.proposed', { data: { toolCalls: ['k'] } }),
    ],
    gaps: [{ stage: 'snapshot', what: 'sha256-gone', reason: 'expired', position: 'p:0:1' }],
  };
  const shown = (lines: ReturnType<typeof traceLines>) =>
    textOf(lines, { width: undefined, colour: false }).split('\n');

  it('hangs what came of a call under its first claim, and what has lost its place at the root', () => {
    const texts = shown(traceLines(trace)).map((one) => one.replace(/ · .*/, ''));
    const tree = ['├─ tool.called', '│  ├─ tool.called', '│  └─ tool.returned', '├─ policySet', '└─ decision.proposed'];
    expect(texts).toEqual(['INCOMPLETE', ...tree, 'missing snapshot: sha256-gone', '']);
  });

  it('does not call missing what a person is waited for', () => {
    const gaps = [{ stage: 'approval', what: 'decision.approved', reason: 'pending', position: 'p:0:1' }];
    const [head = '', last = ''] = shown(traceLines({ ...trace, hops: [], gaps }));
    expect(head).toBe('PENDING · decision D-1 · 0 records, 1 pending');
    expect(last).toBe('pending approval: decision.approved · at p:0:1');
    expect(shown(mermaidText({ ...trace, gaps })).join()).toContain('["pending<br>decision.approved"]');
    const both = [...gaps, ...(trace.gaps as readonly JsonObject[])];
    expect(shown(traceLines({ ...trace, gaps: both }))[0]).toContain(
      'INCOMPLETE · decision D-1 · 5 records, 1 missing, 1 pending',
    );
  });

  it('draws an edge only where one record names another, and a gap beside the record that names it', () => {
    const edges = shown(mermaidText(trace)).filter((one) => one.includes(' --> ') || one.includes(' -.- '));
    expect(edges.map((one) => one.trim())).toEqual(['h0 --> h1', 'h0 --> h2', 'h2 --> h4', 'h0 -.- g0']);
  });
});
