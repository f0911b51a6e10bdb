import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  assertBindAllowed,
  hashKey,
  isLoopback,
  type KeyFile,
  keyAuthentication,
  loadKeys,
  newKey,
  noAuthentication,
} from './auth.js';

const key = newKey();
const entry = { id: 'one', sha256: hashKey(key), tenant: 'acme', scopes: ['read'] } satisfies KeyFile['keys'][number];
const present = (authorization: string | undefined, host?: string) => ({ authorization, host });

describe('keys', () => {
  it('are found by their digest, with tenant and scopes', () => {
    const auth = keyAuthentication({ keys: [{ ...entry, id: 'other', sha256: hashKey('x') }, entry] });
    const credential = { id: 'one', tenant: 'acme', scopes: ['read'], operator: false };
    expect(auth.authenticate(present(`Bearer ${key}`))).toEqual(credential);
    expect(auth.authenticate(present(`bearer  ${key}`))).toEqual(credential);
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic abc', `Bearer ${key}x`, key, `Bearer ${hashKey(key)}`])(
    'are not what %j presents',
    (authorization) => {
      expect(keyAuthentication({ keys: [entry] }).authenticate(present(authorization))).toBeUndefined();
    },
  );

  it('come from a file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tidemark-keys-')), 'keys.json');
    writeFileSync(file, JSON.stringify({ keys: [entry] }));
    expect(loadKeys(file).authenticate(present(`Bearer ${key}`))?.id).toBe('one');
    writeFileSync(file, '{');
    expect(() => loadKeys(file)).toThrow('cannot be read as JSON');
  });

  it.each([
    [{}, '/keys'],
    [{ keys: [{ ...entry, sha256: key }] }, '/keys/0/sha256'],
    [{ keys: [{ ...entry, scopes: ['all'] }] }, '/keys/0/scopes/0'],
    [{ keys: [{ ...entry, tenant: '' }] }, '/keys/0/tenant'],
    [{ keys: [entry, entry] }, 'twice'],
  ])('of the file %# are refused, naming the place and no secret', (content, place) => {
    expect(() => keyAuthentication(content)).toThrow(place);
    expect(() => keyAuthentication(content)).not.toThrow(key);
  });

  it('are long and never the same', () => {
    expect(new Set(Array.from({ length: 100 }, newKey)).size).toBe(100);
    expect(newKey()).toMatch(/^tm_[A-Za-z0-9_-]{43}$/);
  });
});

describe('AUTH=none', () => {
  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1', '[::1]'])('may listen on %s', (host) => {
    expect(() => assertBindAllowed(noAuthentication('acme'), host)).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '192.168.1.1', 'example.org', '127.0.0.1.example.org', ''])(
    'may not listen on %j',
    (host) => {
      expect(() => assertBindAllowed(noAuthentication('acme'), host)).toThrow('loopback');
      expect(() => assertBindAllowed(keyAuthentication({ keys: [] }), host)).not.toThrow();
      expect(isLoopback(host)).toBe(false);
    },
  );

  it.each(['localhost:7420', '127.0.0.1:7420', '[::1]:7420', '127.0.0.1'])('answers requests to %s', (host) => {
    expect(noAuthentication('acme').authenticate(present(undefined, host))?.tenant).toBe('acme');
  });

  it.each(['evil.example', 'evil.example:7420', 'localhost.evil.example', '10.0.0.1:7420', '[::2]:1'])(
    'refuses a request that came by the name %s (DNS rebinding)',
    (host) => {
      expect(() => noAuthentication('acme').authenticate(present(undefined, host))).toThrow('loopback');
    },
  );
});
