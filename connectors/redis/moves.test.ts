import { describe, expect, it, vi } from 'vitest';
import type { StateMove } from '../../src/state/port.js';
import { anything, MoveBoard, movesText } from './moves.js';

const moves: readonly StateMove[] = [
  { tenant: 'acme', accountId: 'A-1' },
  { tenant: 'acme', accountId: null },
];
const message = (writer: string) => JSON.stringify(['c1', writer, movesText(moves)]);

function board() {
  const made = new MoveBoard();
  const told = vi.fn();
  made.listen(told);
  return { board: made, told };
}

describe('who watches a state in Redis', () => {
  it('is told of an own write once, whether its reply or its message comes first', () => {
    const { board: one, told } = board();
    const [a, b] = [one.begin(), one.begin()];
    one.made(a, moves);
    one.heard(message(a));
    one.heard(message(b));
    one.made(b, moves);
    expect(told.mock.calls).toEqual([[moves], [moves]]);
  });

  it('is told by the channel of an own write whose reply was lost, before or after that is known', () => {
    const { board: one, told } = board();
    const [a, b, never] = [one.begin(), one.begin(), one.begin()];
    one.heard(message(a));
    expect(told).not.toHaveBeenCalled();
    one.unsure(a);
    one.unsure(b);
    one.unsure(never);
    one.heard(message(b));
    one.heard(message(b));
    expect(told.mock.calls).toEqual([[moves], [moves]]);
  });

  it('is told nothing of a write that was not made', () => {
    const { board: one, told } = board();
    one.notMade(one.begin());
    expect(told).not.toHaveBeenCalled();
  });

  it('is told of the writes of others, and of anything where the message cannot be read', () => {
    const { board: one, told } = board();
    one.heard(message('another/1'));
    for (const bad of ['{', '[1]', '["c","w","{"]']) one.heard(bad);
    expect(told.mock.calls).toEqual([[moves], [anything], [anything], [anything]]);
  });
});
