/** Entity versions: with gaps, equal, going back, past 64 bits, mixed, and what is none. */
import type { JsonObject, JsonValue } from '../../src/domain/canonical.js';
import { patch, remove } from '../../src/fixtures.test-support.js';
import { limits } from '../../src/limits.js';
import { type CasePlan, type CaseRecord, type Expected, event, plan, state, tombstone } from './kafka-records.js';

/** A state of that version which is named after its place in the row. */
function versioned(id: string, place: number, version: JsonValue, expected: Expected): CaseRecord {
  return state(id, expected, { name: `${place}` }, version === null ? {} : { entityversion: version });
}

/** Versions in a row with what comes of each. */
const rows: readonly (readonly [what: string, readonly (readonly [version: JsonValue, Expected])[]])[] = [
  [
    'a gap',
    [
      ['1', 'applied'],
      ['5', 'applied'],
    ],
  ],
  [
    'a gap that is filled too late',
    [
      ['1', 'applied'],
      ['3', 'applied'],
      ['2', 'superseded'],
    ],
  ],
  [
    'the same version with another content',
    [
      ['7', 'applied'],
      ['7', 'superseded'],
    ],
  ],
  [
    'the same version in other digits',
    [
      ['7', 'applied'],
      ['007', 'superseded'],
    ],
  ],
  [
    'a version that goes back',
    [
      ['5', 'applied'],
      ['3', 'superseded'],
    ],
  ],
  [
    'a version that begins anew at 0',
    [
      ['5', 'applied'],
      ['0', 'superseded'],
      ['6', 'applied'],
    ],
  ],
  [
    '2^53 and the number after it',
    [
      ['9007199254740992', 'applied'],
      ['9007199254740993', 'applied'],
    ],
  ],
  [
    '2^63 - 1 and 2^63',
    [
      ['9223372036854775807', 'applied'],
      ['9223372036854775808', 'applied'],
    ],
  ],
  [
    '2^63 and 2^63 - 1',
    [
      ['9223372036854775808', 'applied'],
      ['9223372036854775807', 'superseded'],
    ],
  ],
  [
    '2^64 and 0',
    [
      ['18446744073709551616', 'applied'],
      ['0', 'superseded'],
    ],
  ],
  [
    'as many digits as may be',
    [
      ['9', 'applied'],
      ['9'.repeat(limits.versionDigitsMax), 'applied'],
    ],
  ],
  [
    'one digit too many',
    [
      ['9', 'applied'],
      ['9'.repeat(limits.versionDigitsMax + 1), 'version_malformed'],
    ],
  ],
  [
    'positions of a database',
    [
      ['16/B374D848', 'applied'],
      ['16/B374D849', 'applied'],
      ['F/FFFFFFFF', 'superseded'],
    ],
  ],
  [
    'a number after a position',
    [
      ['16/B374D848', 'applied'],
      ['99', 'version_mixed'],
    ],
  ],
  [
    'a position after a number',
    [
      ['99', 'applied'],
      ['16/B374D848', 'version_mixed'],
    ],
  ],
  [
    'none after a version',
    [
      ['5', 'applied'],
      [null, 'version_mixed'],
    ],
  ],
  [
    'a version after none',
    [
      [null, 'applied'],
      ['5', 'version_mixed'],
    ],
  ],
];

const none: readonly JsonValue[] = [
  '-1',
  '1.5',
  '1e3',
  '0x10',
  ' 1',
  '1 ',
  '٣',
  '1/2/3',
  '/',
  '123456789/0',
  'v9',
  'NaN',
];
const noText: readonly JsonValue[] = ['', 5, 2 ** 53 - 1, true, [], {}];

const lastApplied = (row: (typeof rows)[number][1]): JsonObject => ({
  name: `${row.findLastIndex(([, expected]) => expected === 'applied')}`,
});

export const versionCases: readonly CasePlan[] = [
  ...rows.map(([what, row]) =>
    plan(what, 'account', lastApplied(row), (id) =>
      row.map(([version, expected], place) => versioned(id, place, version, expected)),
    ),
  ),
  ...none.map((version) =>
    plan(`the version ${JSON.stringify(version)}`, 'account', 'nothing', (id) =>
      versioned(id, 0, version, 'version_malformed'),
    ),
  ),
  ...noText.map((version) =>
    plan(`the version ${JSON.stringify(version)}`, 'account', 'nothing', (id) =>
      versioned(id, 0, version, 'attribute_invalid'),
    ),
  ),
  plan('an older state after a delete', 'account', 'deleted', (id) => [
    versioned(id, 0, '1', 'applied'),
    event('account', id, remove('account', id, { entityversion: '10' }), 'applied'),
    versioned(id, 2, '9', 'superseded'),
  ]),
  plan('an older patch', 'account', { name: '0' }, (id) => [
    versioned(id, 0, '5', 'applied'),
    event('account', id, patch('account', id, { name: 'x' }, { entityversion: '4' }), 'superseded'),
  ]),
  plan('a tombstone after a delete with a version', 'account', 'deleted', (id) => [
    versioned(id, 0, '1', 'applied'),
    event('account', id, remove('account', id, { entityversion: '2' }), 'applied'),
    tombstone('account', id, 'superseded'),
  ]),
  plan('a tombstone of an entity with versions', 'account', { name: '0' }, (id) => [
    versioned(id, 0, '1', 'applied'),
    tombstone('account', id, 'version_mixed'),
  ]),
];
