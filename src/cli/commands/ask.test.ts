import { expect, it } from 'vitest';
import { requestOf } from './ask.js';

it('time travel is a member of the request and asks for no consistency of its own', () => {
  const asked = requestOf('A-1', '', { asOf: 'crm.accounts:0:7' });
  expect(asked).toEqual({ account: 'A-1', asOf: 'crm.accounts:0:7' });
});
