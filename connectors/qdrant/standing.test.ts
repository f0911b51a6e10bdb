import { describe, expect, it, vi } from 'vitest';
import { FORMAT, type Marker } from './points.js';
import { Standing } from './standing.js';

const identity = { alias: 'a', generation: 'g', contents: 'c', dimensions: null };

function marker(rev: number, asked = true): Marker {
  return { format: FORMAT, generation: 'g', contents: 'c', rev, asked };
}

function standing(): { readonly of: Standing; readonly lost: () => void } {
  const lost = vi.fn();
  const of = new Standing(identity, lost);
  of.mended(marker(5));
  return { of, lost };
}

const payload = (one: Marker) => ({ entity: '#marker', ...one });

describe('the standing of a collection', () => {
  it('stays as long as its marker does not go back', () => {
    const { of, lost } = standing();
    of.judge(payload(marker(7)), 5);
    expect([of.isUsable, of.revision, lost]).toEqual([true, 7, lost]);
    expect(lost).not.toHaveBeenCalled();
  });

  it.each([
    ['is lower than it was', payload(marker(4))],
    ['is of other contents', { ...payload(marker(9)), contents: 'other' }],
    ['is not there', null],
    [
      'says that another instance has made it anew, and nobody has been asked yet to fill it',
      payload(marker(9, false)),
    ],
  ])('is lost when its marker %s', (_what, found) => {
    const { of, lost } = standing();
    expect(() => of.judge(found, 5)).toThrow();
    expect(of.isUsable).toBe(false);
    expect(lost).toHaveBeenCalledOnce();
  });
});
