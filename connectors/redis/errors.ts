/**
 * What Redis and its client say, as errors with closed codes. Their own texts name keys, and an error of the client carries the command
 * that failed, the password with it: only the first word of a text goes on.
 */
import { type ErrorDetails, TidemarkError } from '../../src/errors.js';
import { ValueDamaged, ValueNewer } from './values.js';

type Fault = Pick<ErrorDetails, 'code' | 'message' | 'advice' | 'retriable'>;

const refused: Fault = {
  code: 'config_invalid',
  message: 'Redis refuses the user or the password.',
  advice: 'Check REDIS_USERNAME and REDIS_PASSWORD, or the file it is in.',
  retriable: false,
};

const withoutRights: Fault = {
  code: 'config_invalid',
  message: 'The Redis user has no rights to what was asked for.',
  advice:
    'Grant REDIS_USERNAME the keys and channels that begin with REDIS_PREFIX in braces, scripts, and INFO, SCAN and PUBLISH.',
  retriable: false,
};

const withoutDatabase: Fault = {
  code: 'config_invalid',
  message: 'Redis has no database of the number that STATE_URL ends with.',
  advice: 'Correct the number in STATE_URL, or leave it out.',
  retriable: false,
};

const tlsFault: Fault = {
  code: 'config_invalid',
  message: 'No TLS connection to Redis comes about.',
  advice:
    'Check that STATE_URL begins with rediss:// only for a port with TLS, that REDIS_TLS_CA vouches for it, and its host name.',
  retriable: false,
};

const nobody: Fault = {
  code: 'unreachable',
  message: 'Redis cannot be reached.',
  advice: 'Check STATE_URL and the network; if Redis is up, whether its port speaks TLS (rediss://) or not (redis://).',
  retriable: true,
};

const full: Fault = {
  code: 'state_unavailable',
  message: 'Redis has no memory left for the state.',
  advice: 'Give Redis more memory (maxmemory); what was not written is tried again by itself.',
  retriable: true,
};

const silent: Fault = {
  code: 'state_unavailable',
  message: 'Redis does not answer.',
  advice: 'Try again in a few seconds; if it stays, look at Redis and the network.',
  retriable: true,
};

const damaged: Fault = {
  code: 'state_unavailable',
  message:
    'What lies in Redis is not what was written there, and is given up: the state is built anew from the journal.',
  advice: 'Give no other program keys that begin with REDIS_PREFIX in braces.',
  retriable: true,
};

const newer: Fault = {
  code: 'state_unavailable',
  message: 'What lies in Redis was written by a later version of this program, and this one cannot read it.',
  advice: 'Upgrade this instance to the version of the others; nothing is lost.',
  retriable: true,
};

const busy: Fault = {
  code: 'state_unavailable',
  message: 'Redis refuses the state for now.',
  advice: 'Try again in a few seconds; if it stays, look at the log of Redis.',
  retriable: true,
};

const faults: Readonly<Record<string, Fault>> = {
  WRONGPASS: refused,
  NOAUTH: refused,
  NOPERM: withoutRights,
  OOM: full,
  WRONGTYPE: damaged,
  TORN: damaged,
  DAMAGED: damaged,
  ECONNREFUSED: nobody,
  ECONNRESET: nobody,
  ENOTFOUND: nobody,
  EAI_AGAIN: nobody,
  EHOSTUNREACH: nobody,
  ENETUNREACH: nobody,
  ETIMEDOUT: nobody,
  EPIPE: nobody,
};

/** When a store is opened: what is wrong then is likely to be a setting. */
export function openError(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return settingAtFault(error) ?? error;
  const reason = reasonOf(error);
  if (isOfRedis(error) && commandOf(error) === 'select') return made(withoutDatabase, reason);
  if (/^(?:ERR_(?:SSL|TLS|OSSL)_|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(reason))
    return made(tlsFault, reason);
  return made(faults[reason] ?? (isOfRedis(error) ? busy : nobody), reason);
}

function settingAtFault({ facts }: TidemarkError): TidemarkError | undefined {
  const reason = String(facts.reason);
  const fault = faults[reason];
  return fault?.code === 'config_invalid' ? made(fault, reason) : undefined;
}

/** While it runs: whatever it is, it may pass. */
export function callError(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error;
  const reason = reasonOf(error);
  const known = faults[reason];
  if (known === full || known === damaged) return made(known, reason);
  return made(isOfRedis(error) ? busy : silent, reason);
}

/** Of a value that is none of ours. */
export function damagedValue(): TidemarkError {
  return made(damaged, 'DAMAGED');
}

/** What `values.ts` throws, as an error with a closed code; anything else as it is. */
export function valueFault(error: unknown): unknown {
  if (error instanceof ValueNewer) return made(newer, 'NEWER');
  return error instanceof ValueDamaged ? damagedValue() : error;
}

export function isDamage({ facts }: TidemarkError): boolean {
  return faults[String(facts.reason)] === damaged;
}

/** Nobody answered in time, or nobody has since: the call is not made. */
export function noAnswer(reason: 'timeout' | 'disconnected'): TidemarkError {
  return made(silent, reason);
}

/** Of a port that takes a connection and never says a word. */
export function unheard(): TidemarkError {
  return made(nobody, 'ETIMEDOUT');
}

export function misconfigured(message: string, advice: string): TidemarkError {
  return new TidemarkError({ code: 'config_invalid', message, advice, retriable: false });
}

function made(fault: Fault, reason: string): TidemarkError {
  return new TidemarkError({ ...fault, ...(reason === '' ? {} : { facts: { reason } }) });
}

function isOfRedis(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The client's, in lower case, of an error that Redis answered with. */
function commandOf(error: unknown): unknown {
  const command: unknown = error instanceof Error ? Reflect.get(error, 'command') : undefined;
  return typeof command === 'object' && command !== null ? Reflect.get(command, 'name') : undefined;
}

/** `ECONNREFUSED` of the system, `WRONGTYPE` of Redis; of an error inside a script, the script's own first word. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') return code;
  const [word = ''] = /^[A-Z]+(?= )/.exec(error.message) ?? [];
  if (word !== 'ERR') return word;
  const [inner = ''] = /(?<=: -?)(?:WRONGTYPE|OOM|NOPERM|READONLY)(?= )/.exec(error.message) ?? [];
  return inner === '' ? word : inner;
}
