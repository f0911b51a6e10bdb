import { expect, it } from 'vitest';
import { Asking, segment } from './asking.js';
import { askOverNetwork } from './remote.js';

it.each(['.', '..'])('an id %s is refused: its address would be another one', async (id) => {
  const asked: string[] = [];
  const fetched: typeof fetch = async (input) => {
    asked.push(String(input));
    return new Response('{}');
  };
  const asking = new Asking(askOverNetwork('http://127.0.0.1:7420', undefined, fetched), {});
  const reply = await asking.get(`/v1/decisions/${segment(id)}/trace`);
  expect(reply).toMatchObject({ kind: 'refused', problem: { code: 'request_invalid', retriable: false } });
  expect(asked).toEqual([]);
  await asking.get(`/v1/decisions/${segment('...')}/trace`);
  expect(asked).toEqual(['http://127.0.0.1:7420/v1/decisions/.../trace']);
});
