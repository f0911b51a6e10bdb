import { chip, el } from './dom.js';
import { instant, lasting, wordsOf } from './format.js';
import { metricTable, rankingTable } from './ranking.js';

// Everything that is known of one question.

/** What was judged to be relevant. */
export function relevantRefs(relevant) {
  return Object.entries(relevant ?? {}).flatMap(([ref, gain]) => (gain > 0 ? [ref] : []));
}

/** The question with the turns before it; also used where two set-ups are compared. */
export function conversation({ history, text }) {
  const turn = (role, words, name) =>
    el(
      'div',
      { class: `turn-${role} ${name}` },
      el('span', { class: 'fine' }, role),
      el('p', { class: 'words', dir: 'auto' }, words),
    );
  return el(
    'div',
    { class: 'conversation' },
    history.map((one) => turn(one.role, one.text, 'earlier')),
    turn('user', text, 'asked'),
  );
}

export function findingList(findings) {
  if (findings.length === 0) return el('p', { class: 'fine' }, 'No findings.');
  return el(
    'ul',
    { class: 'found' },
    findings.map(({ kind, ref, detail }) =>
      el(
        'li',
        null,
        chip('worse', wordsOf(kind), '✗'),
        ref === null ? null : el('code', null, ref),
        el('span', { dir: 'auto' }, detail),
      ),
    ),
  );
}

export function questionDetail(question, { setup, others, metrics }) {
  const { relevant, ranking, latencyMs } = question;
  const retrieved = new Set(ranking.map(({ ref }) => ref));
  const missed = relevantRefs(relevant).filter((ref) => !retrieved.has(ref));
  const rows = [
    { label: setup, metrics: question.metrics },
    ...others.flatMap((other) =>
      question.others[other] === undefined ? [] : [{ label: other, metrics: question.others[other] }],
    ),
  ];
  return el(
    'div',
    { class: 'opened' },
    el('section', null, el('h3', null, 'Question'), conversation(question), facts(question)),
    el(
      'section',
      null,
      el('h3', null, 'Ranking'),
      rankingTable(ranking, relevant),
      missed.length === 0
        ? null
        : el(
            'p',
            { class: 'missed' },
            el('strong', null, 'Relevant, but not among these: '),
            missed.map((ref, at) => [at === 0 ? '' : ', ', el('code', null, ref)]),
          ),
    ),
    el('section', null, el('h3', null, 'Findings'), findingList(question.findings)),
    el(
      'section',
      null,
      el('h3', null, 'Metrics'),
      metricTable(metrics, rows),
      latencyMs === null
        ? null
        : el(
            'p',
            { class: 'fine' },
            Object.entries(latencyMs)
              .map(([stage, ms]) => `${wordsOf(stage)} ${lasting(ms)}`)
              .join(' · '),
          ),
    ),
  );
}

const answerableTexts = new Map([
  [true, 'can be answered'],
  [false, 'cannot be answered'],
  [null, 'not judged answerable or not'],
]);

function facts({ id, atMs, answerable, confidence, released, snapshot, content, refused }) {
  const rows = [
    ['id', el('code', null, id)],
    ['asked at', instant(atMs)],
    ['judged', answerableTexts.get(answerable)],
    ['confidence', confidence === null ? 'none' : String(confidence)],
    ['released', released === undefined ? null : `${released} items`],
    ['snapshot', digest(snapshot, refused)],
    ['content', digest(content, refused)],
  ];
  return el(
    'dl',
    { class: 'facts' },
    rows
      .filter(([, value]) => value !== null)
      .map(([name, value]) => el('div', null, el('dt', null, name), el('dd', null, value))),
  );
}

function digest(text, refused) {
  if (text !== null) return el('code', null, text);
  return `nothing was released: ${refused === undefined ? 'there was no such account' : `refused for being ${refused}`}`;
}
