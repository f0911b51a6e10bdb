import { expect, it } from 'vitest';
import { noticeOfJournal } from './notices.js';

it('a trouble is told with the command that accepts it as it is now', () => {
  const trouble = { kind: 'gap', from: 120n, to: 184n } as const;
  const { text } = noticeOfJournal({ kind: 'trouble_began', partition: 'support.tickets:3', trouble });
  expect(text).toContain('tidemark accept support.tickets:3 --kind gap --seen from=120,to=184');
});
