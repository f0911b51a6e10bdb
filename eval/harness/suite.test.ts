import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.js';
import { parseSuite, readSuite } from './suite.js';

const demoPath = fileURLToPath(new URL('../suites/demo.yaml', import.meta.url));

/** A good suite, with some of its lines replaced. */
function suiteText(changes: Readonly<Record<string, string>> = {}): string {
  const lines = {
    name: 'name: small',
    stream: 'stream: { world: demo }',
    tenant: 'tenant: northquay',
    setups: 'setups: { words: { embedder: lexical } }',
    metrics: 'metrics: [ndcg@10]',
    thresholds: 'thresholds: { ndcg@10: ">= 0.5" }',
    questions: 'questions:',
    question: '  - { id: one, at: end, question: Who pays? }',
    ...changes,
  };
  return `${Object.values(lines).join('\n')}\n`;
}

function faultsOf(text: string, setup?: string): readonly string[] {
  try {
    parseSuite(text, { path: 'suite.yaml', ...(setup === undefined ? {} : { setup }) });
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'suite_invalid') return error.facts.faults as string[];
    throw error;
  }
  return [];
}

describe('a suite', () => {
  it('that is good has no faults, as YAML and as JSON', () => {
    expect(faultsOf(suiteText())).toEqual([]);
    const asked = [{ id: 'one', at: 'end', question: 'Who pays?', tenant: 'pinbell' }];
    expect(faultsOf(JSON.stringify({ name: 'small', stream: { world: 'demo' }, questions: asked }))).toEqual([]);
    expect(readSuite(demoPath).questions).toHaveLength(16);
  });

  it('keeps its digest when only the choice of a set-up changes', () => {
    const text = readFileSync(demoPath, 'utf8');
    const [lexical, hashing] = ['lexical', 'hashing'].map((setup) => parseSuite(text, { path: demoPath, setup }));
    expect([lexical?.setup.embedder, hashing?.setup.embedder]).toEqual(['lexical', 'hashing']);
    expect(lexical?.digest).toBe(hashing?.digest);
  });

  it('may judge documents irrelevant', () => {
    const text = suiteText(question('at: end, expect: { relevant: { policy/a: 2, policy/b: 0 } }'));
    const [asked] = parseSuite(text, { path: 'suite.yaml' }).questions;
    expect([...(asked?.expect.relevant ?? [])]).toEqual([
      ['policy/a', 2],
      ['policy/b', 0],
    ]);
  });

  it('has set-ups with numbers of a ranking, of passages, and with a version of a prompt', () => {
    const said =
      'ranking: { denseShare: 1 }, passages: { charsMax: 500 }, prompt: { id: triage, version: 2, input: { ticket: a } }';
    const read = parseSuite(suiteText(setup(said)), { path: 'suite.yaml' });
    expect(read.setup).toEqual({
      name: 'tried',
      embedder: 'hashing',
      ranking: { denseShare: 1 },
      passages: { charsMax: 500 },
      prompt: { id: 'triage', version: '2', variant: null, input: { ticket: 'a' } },
      policies: null,
      lag: null,
    });
  });

  it('has set-ups that lag, named or said in the place of a choice, and the digest does not tell them apart', () => {
    const read = (lag: string) => parseSuite(suiteText({ setups: `setup: { lag: ${lag} }` }), { path: 'suite.yaml' });
    const [both, one] = [read('{ state: 30s, index: 5m }'), read('{ index: 250ms }')];
    expect([both.setup.lag, one.setup.lag]).toEqual([
      { stateMs: 30_000, indexMs: 300_000 },
      { stateMs: 0, indexMs: 250 },
    ]);
    expect(both.digest).toBe(one.digest);
  });

  it('says what its questions demand of an answer, for all of them or for one, in the words of the API', () => {
    const rest = question('at: end, consistency: { level: latest }');
    const text = suiteText({ tenant: 'tenant: a\nconsistency: { maxStalenessMs: 100 }', ...rest });
    const { questions, consistency } = parseSuite(text, { path: 'suite.yaml' });
    const demands = { level: 'fastest', maxStalenessMs: 100, deadlineMs: 2_000, onViolation: 'mark' };
    expect(consistency).toEqual(demands);
    expect(questions.map((one) => one.consistency)).toEqual([
      { ...demands, level: 'latest', maxStalenessMs: 5_000, onViolation: 'wait' },
    ]);
  });

  it('tells faults of different parts in the order of its lines, and a part that is missing by its name', () => {
    const faults = faultsOf(
      suiteText({ stream: '', metrics: 'metrics: [ndgc@10]', tenant: 'tennant: a', question: '  - { id: 7 }' }),
    );
    expect(faults).toEqual([
      'suite.yaml:1: has no "stream"',
      'suite.yaml:3: unknown key "tennant"; did you mean "tenant"?',
      'suite.yaml:5: unknown metric "ndgc@10"; did you mean "ndcg@k"?',
      'suite.yaml:8: questions[0].id: expected a text',
    ]);
  });

  it('tells all its faults at once', () => {
    const faults = faultsOf(suiteText({ metrics: 'metrics: [ndgc@10]', tenant: '' }));
    expect(faults).toEqual([
      'suite.yaml:5: unknown metric "ndgc@10"; did you mean "ndcg@k"?',
      'suite.yaml:8: question one has no tenant, and the suite has none for all',
    ]);
  });
});

const question = (rest: string) => ({ question: `  - { id: one, question: Who pays?, ${rest} }` });

const setup = (rest: string) => ({ setups: `setups: { tried: { embedder: hashing, ${rest} } }` });

const noDuration = 'is no duration: write 250ms, 30s, 5m, 2h or 1d';

/** What is wrong, the lines that make it so, and the one line that is told. */
const badSuites: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['an unknown key', { tenant: 'tennant: northquay' }, ':3: unknown key "tennant"; did you mean "tenant"?'],
  [
    'an unknown key of a question',
    question('at: end, cuont: 3'),
    ':8: questions[0]: unknown key "cuont"; did you mean "count"?',
  ],
  [
    'an unknown key of what is expected',
    question('at: end, expect: { relevent: [policy/a] }'),
    ':8: questions[0].expect: unknown key "relevent"; did you mean "relevant"?',
  ],
  [
    'a day that does not exist',
    question('at: 2026-02-30'),
    ':8: questions[0].at: "2026-02-30" is no moment: write an instant (RFC 3339), a position (topic:partition:offset) or "end"',
  ],
  [
    'an instant without a zone',
    question('at: "2026-02-03T10:00:00"'),
    ':8: questions[0].at: "2026-02-03T10:00:00" is no moment: write an instant (RFC 3339), a position (topic:partition:offset) or "end"',
  ],
  ['no moment', question('tenant: a'), ':8: questions[0]: has no "at"'],
  [
    'a question id twice',
    { question: '  - { id: one, at: end, question: a }\n  - { id: one, at: end, question: b }' },
    ':9: question id "one" is taken by the one of line 8',
  ],
  [
    'empty judgements',
    question('at: end, expect: { relevant: [] }'),
    ':8: questions[0].expect.relevant: is empty: name what is relevant, or leave it out to judge nothing',
  ],
  [
    'empty gains',
    question('at: end, expect: { relevant: {} }'),
    ':8: questions[0].expect.relevant: has nothing relevant in it: name what is, or leave it out to judge nothing',
  ],
  [
    'gains of 0 alone',
    question('at: end, expect: { relevant: { policy/a: 0 } }'),
    ':8: questions[0].expect.relevant: has nothing relevant in it: name what is, or leave it out to judge nothing',
  ],
  [
    'half a gain',
    question('at: end, expect: { relevant: { policy/a: 0.5 } }'),
    ':8: questions[0].expect.relevant.policy/a: expected a whole number',
  ],
  [
    'a reference of no kind',
    question('at: end, expect: { relevant: [polcy/a] }'),
    ':8: questions[0].expect.relevant[0]: "polcy/a" is no reference: write kind/id, such as policy/refunds@2',
  ],
  [
    'a bad threshold',
    { thresholds: 'thresholds: { ndcg@10: about 0.3 }' },
    ':6: thresholds.ndcg@10: "about 0.3" is no bound: write a comparison and a number, such as ">= 0.3"',
  ],
  [
    'a threshold of an unknown metric',
    { thresholds: 'thresholds: { recal@10: ">= 1" }' },
    ':6: unknown metric "recal@10"; did you mean "recall@k"?',
  ],
  ['an unknown set-up', { setups: 'setup: words' }, ':4: unknown set-up "words" (the suite has none)'],
  [
    'an unknown number of a ranking',
    setup('ranking: { denseShaer: 1 }'),
    ':4: setups.tried.ranking: unknown key "denseShaer"; did you mean "denseShare"?',
  ],
  [
    'too much of a share',
    setup('ranking: { turns: { denseDecay: 2 } }'),
    ':4: setups.tried.ranking.turns.denseDecay: is above 1',
  ],
  ['a number for a ranking', setup('ranking: 7'), ':4: setups.tried.ranking: expected a text'],
  ['passages of nothing', setup('passages: { charsMax: 3 }'), ':4: setups.tried.passages.charsMax: is below 50'],
  [
    'no version of a prompt',
    setup('prompt: { id: triage, version: latest }'),
    ':4: setups.tried.prompt.version: expected the number of a version',
  ],
  ['a lag without a unit', setup('lag: { state: "30" }'), `:4: setups.tried.lag.state: "30" ${noDuration}`],
  ['a lag as a number', setup('lag: { state: 30 }'), ':4: setups.tried.lag.state: expected a duration such as 30s'],
  ['a lag of more than a week', setup('lag: { index: 8d }'), ':4: setups.tried.lag.index: "8d" is longer than 7d'],
  ['a lag of nothing', setup('lag: {}'), ':4: setups.tried.lag: names neither state nor index'],
  [
    'an unknown part of a lag',
    setup('lag: { state: 1s, indx: 1s }'),
    ':4: setups.tried.lag: unknown key "indx"; did you mean "index"?',
  ],
  [
    'a level that needs tokens',
    question('at: end, consistency: { level: at_least }'),
    ':8: questions[0].consistency.level: Invalid option: expected one of "fastest"|"latest"',
  ],
  [
    'a deadline beyond what the service takes',
    question('at: end, consistency: { deadlineMs: 30001 }'),
    ':8: questions[0].consistency.deadlineMs: Too big: expected number to be <=30000',
  ],
  [
    'a demand beside a reference to the questions of the stream',
    { question: '  - { from: stream, consistency: { level: latest } }' },
    ':8: questions[0]: "from: stream" stands alone: the stream brings its questions',
  ],
  ['a prompt without a name', setup('prompt: { version: 1 }'), ':4: setups.tried.prompt has no "id"'],
  [
    'two streams',
    { stream: 'stream: { world: demo, file: a.ndjson }' },
    ':2: stream: name exactly one of world, file, journal, kafka, data and beir',
  ],
  [
    'a range without Kafka',
    { stream: 'stream: { world: demo, from: { "a:0": "1" } }' },
    ':2: stream: "from" and "to" are positions of Kafka topics',
  ],
  ['a missing file', { stream: 'stream: { file: nowhere.ndjson }' }, ':2: nowhere.ndjson does not exist'],
  ['a missing baseline', { tenant: 'tenant: a\nbaseline: nowhere.json' }, ':4: nowhere.json does not exist'],
  ['no questions', { questions: 'questions: []', question: '' }, ':7: questions: must not be empty'],
  [
    'a context of nobody',
    question('at: end, mode: context'),
    ':8: questions[0]: a context is that of an account: name one, or ask with mode "search"',
  ],
  ['a key twice', { tenant: 'name: again' }, ':3: Map keys must be unique'],
];

describe('a bad suite is told in one line:', () => {
  it.each(badSuites)('%s', (_, changes, told) => {
    const [only, ...others] = faultsOf(suiteText(changes));
    expect([only, others]).toEqual([`suite.yaml${told}`, []]);
  });

  it('text that is no YAML', () => {
    expect(faultsOf('name: [')[0]).toMatch(/^suite\.yaml:\d+: /);
  });

  it('an unknown set-up on the command line', () => {
    expect(faultsOf(suiteText(), 'wrods')).toEqual(['suite.yaml: unknown set-up "wrods" (known: words)']);
  });
});
