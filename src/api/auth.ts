/** Who calls, and what that allows. The tenant comes from the credential and from nowhere else (P7). */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';

/**
 * `operate`: rejected events and what to do about them. `metrics`: the numbers of the whole service. `approve`: beside `write`, saying that
 * a decision is approved or overridden; a key without it is an agent's, whatever name stands in an event.
 */
export const scopes = ['read', 'write', 'operate', 'metrics', 'approve'] as const;
export type Scope = (typeof scopes)[number];

export interface Credential {
  /** Names the credential, never a person; goes into audit records and log lines. */
  readonly id: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  /** Operates the service: sees the rejected events of all tenants, and those whose tenant nobody can read. */
  readonly operator: boolean;
}

export interface Presented {
  readonly authorization: string | undefined;
  readonly host: string | undefined;
}

export interface Authenticator {
  readonly mode: 'none' | 'keys';
  /** Undefined: nothing presented is valid. Throws `forbidden` for a request that must not be answered whoever sends it. */
  authenticate(presented: Presented): Credential | undefined;
}

/** AUTH=none: everybody is the one tenant and its operator, which is why it is for loopback only. */
export function noAuthentication(tenant: string): Authenticator {
  const everybody: Credential = { id: 'none', tenant, scopes, operator: true };
  // Clients say the same name again and again; judging it takes longer than anything else here.
  let allowed: string | undefined;
  return {
    mode: 'none',
    authenticate: ({ host }) => {
      // A web page can point its own name at 127.0.0.1 (DNS rebinding); its requests still carry that name.
      if (host !== allowed && host !== undefined && !isLoopback(hostname(host))) throw foreignHost();
      allowed = host;
      return everybody;
    },
  };
}

const keyFile = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(limits.idLengthMax),
        /** SHA-256 of the key, lower-case hex. */
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        tenant: z.string().min(1).max(limits.idLengthMax),
        scopes: z.array(z.enum(scopes)),
        operator: z.boolean().default(false),
      }),
    )
    .max(limits.apiKeysMax),
});

export type KeyFile = z.input<typeof keyFile>;

/** AUTH=keys:<file>. Throws `config_invalid`. */
export function loadKeys(path: string): Authenticator {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw badKeys('the key file cannot be read as JSON', cause);
  }
  return keyAuthentication(content);
}

/** `content` is that of a key file: `{ keys: [{ id, sha256, tenant, scopes, operator? }] }`. Throws `config_invalid`. */
export function keyAuthentication(content: unknown): Authenticator {
  const result = keyFile.safeParse(content);
  if (!result.success) {
    const places = result.error.issues.map((issue) => `/${issue.path.join('/')} (${issue.code})`);
    throw badKeys(`the key file is not valid at ${places.slice(0, 5).join(', ')}`, undefined);
  }
  const keys = result.data.keys.map(({ sha256, ...credential }) => ({ hash: Buffer.from(sha256, 'hex'), credential }));
  if (new Set(result.data.keys.map(({ sha256 }) => sha256)).size < keys.length)
    throw badKeys('the key file names one key twice', undefined);
  return {
    mode: 'keys',
    authenticate: ({ authorization }) => {
      const key = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
      if (key === undefined) return undefined;
      const presented = createHash('sha256').update(key).digest();
      // Every key is compared, whichever matches: the time taken tells nothing about the keys.
      let found: Credential | undefined;
      for (const { hash, credential } of keys) if (timingSafeEqual(hash, presented)) found = credential;
      return found;
    },
  };
}

/** A new key: 256 random bits, so that one round of SHA-256 is enough to store it by. */
export function newKey(): string {
  return `tm_${randomBytes(32).toString('base64url')}`;
}

/** What a key file stores of a key. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Throws `config_invalid` when the listener would be open to others without asking who they are. */
export function assertBindAllowed(auth: Pick<Authenticator, 'mode'>, host: string): void {
  if (auth.mode !== 'none' || isLoopback(host)) return;
  throw new TidemarkError({
    code: 'config_invalid',
    message: 'AUTH=none is allowed on loopback addresses only',
    advice: 'Bind to 127.0.0.1, or set AUTH=keys:<file>.',
    retriable: false,
  });
}

export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

/** The name in a Host header, without the port. */
export function hostname(host: string): string {
  return host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.replace(/:[0-9]*$/, '');
}

function foreignHost(): TidemarkError {
  return new TidemarkError({
    code: 'forbidden',
    message: 'the Host header names no loopback address, and AUTH=none answers nobody else',
    advice: 'Call http://127.0.0.1 or http://localhost, or set AUTH=keys:<file>.',
    retriable: false,
  });
}

function badKeys(message: string, cause: unknown): TidemarkError {
  const advice = 'Write { "keys": [{ "id", "sha256", "tenant", "scopes" }] }; sha256 is the hex digest of the key.';
  return new TidemarkError({ code: 'config_invalid', message, advice, retriable: false, cause });
}
