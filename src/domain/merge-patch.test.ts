import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from './canonical.js';
import { isJsonObject } from './json.js';
import { mergePatch } from './merge-patch.js';

const read = (text: string) => JSON.parse(text) as JsonValue;
const json = () => fc.jsonValue().map((value) => value as JsonValue);

describe('mergePatch', () => {
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('turns %s with %s into %s (RFC 7396 appendix A)', (target, patch, result) => {
    expect(mergePatch(read(target), read(patch))).toEqual(read(result));
  });

  it('keeps a member named __proto__ as data and pollutes nothing', () => {
    const merged = mergePatch(read('{"a":{"__proto__":{"x":1}}}'), read('{"a":{"__proto__":{"admin":true}}}'));
    expect(JSON.stringify(merged)).toBe('{"a":{"__proto__":{"x":1,"admin":true}}}');
    expect(Object.hasOwn({}, 'admin') || 'admin' in {}).toBe(false);
  });

  it('does not take inherited names for members', () => {
    expect(mergePatch({}, read('{"constructor":{"a":1},"toString":{"b":2}}'))).toEqual(
      read('{"constructor":{"a":1},"toString":{"b":2}}'),
    );
  });

  it('replaces an array as a whole and keeps the nulls in it', () => {
    expect(mergePatch({ list: [1, 2, 3] }, { list: [null] })).toEqual({ list: [null] });
  });

  it('changes neither argument', () => {
    fc.assert(
      fc.property(json(), json(), (target, patch) => {
        const before = JSON.stringify([target, patch]);
        mergePatch(target, patch);
        expect(JSON.stringify([target, patch])).toBe(before);
      }),
    );
  });

  it('says the same when it is applied again', () => {
    fc.assert(
      fc.property(json(), json(), (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });

  it('leaves every member that the patch does not name', () => {
    const members = fc.dictionary(fc.string(), json());
    fc.assert(
      fc.property(members, members, (target, patch) => {
        const merged = mergePatch(target, patch);
        const untouched = Object.entries(target).filter(([name]) => !Object.hasOwn(patch, name));
        const kept = isJsonObject(merged) ? new Map(Object.entries(merged)) : new Map();
        for (const [name, value] of untouched) expect(kept.get(name)).toEqual(value);
      }),
    );
  });
});
