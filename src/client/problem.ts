/** The one class of errors that calls to the service end in. */
import type { KnownCode, Problem } from './api.generated.js';

/** Codes of the client itself, beside those of the service. */
type OwnCode = 'unreachable' | 'reply_unreadable' | 'outcome_unrecorded' | 'end_unrecorded' | 'idempotency_key_reused';

export interface ProblemParts {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
  readonly retriable: boolean;
  readonly status?: number;
  readonly requestId?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly errors?: Problem['errors'];
  readonly cause?: unknown;
}

/** An RFC 9457 problem that the service replied with, or the reason why there was no reply. */
export class TidemarkProblem extends Error {
  override readonly name = 'TidemarkProblem';
  /**
   * `unreachable`: nobody answered. `reply_unreadable`: something else than Tidemark answered. `outcome_unrecorded`, `end_unrecorded`:
   * what was done is done, and its record is missing; `facts` hold it. `idempotency_key_reused`: one key for two effects. The others are the service's.
   */
  readonly code: KnownCode | OwnCode | (string & {});
  /** What the caller does next, as a sentence. */
  readonly advice: string;
  /** Whether the same call may succeed later. */
  readonly retriable: boolean;
  /** Of HTTP; null when there was no reply. */
  readonly status: number | null;
  /** Names the request in the log of the service. */
  readonly requestId: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Faults of single members of the request. */
  readonly errors: NonNullable<Problem['errors']>;

  constructor(parts: ProblemParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = parts.code;
    this.advice = parts.advice;
    this.retriable = parts.retriable;
    this.status = parts.status ?? null;
    this.requestId = parts.requestId ?? null;
    this.facts = parts.facts ?? {};
    this.errors = parts.errors ?? [];
  }
}

/** What a reply that is no success says. A proxy in between answers in its own way: then the status has to do. */
export async function problemOf(response: Response): Promise<TidemarkProblem> {
  const body: unknown = await response.json().catch(() => undefined);
  const { status } = response;
  if (!isProblem(body)) return unreadable(status);
  const { code, detail, advice, retriable, requestId, facts, errors } = body;
  const optional = { ...(facts === undefined ? {} : { facts }), ...(errors === undefined ? {} : { errors }) };
  return new TidemarkProblem({ code, message: detail, advice, retriable, status, requestId, ...optional });
}

export function unreadable(status: number): TidemarkProblem {
  return new TidemarkProblem({
    code: 'reply_unreadable',
    message: `the reply, of status ${status}, is none of Tidemark`,
    advice: 'Look at what answers at this address: another service, or a proxy in front of this one.',
    retriable: [429, 502, 503, 504].includes(status),
    status,
  });
}

export function unreachable(cause: unknown): TidemarkProblem {
  return new TidemarkProblem({
    code: 'unreachable',
    message: 'the service could not be reached',
    advice: 'Look whether it runs at this address, and try again.',
    retriable: true,
    cause,
  });
}

/** What the service would say, had it been asked: the call would have gone somewhere else. */
export function noSegment(name: string): TidemarkProblem {
  return new TidemarkProblem({
    code: 'request_invalid',
    message: `the ${name} cannot be part of an address`,
    advice: 'Nothing has such an id: neither one that is empty, "." or "..", nor one with unpaired surrogates.',
    retriable: false,
  });
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false;
  const { code, detail, advice, retriable } = body as Partial<Record<keyof Problem, unknown>>;
  return [code, detail, advice].every((one) => typeof one === 'string') && typeof retriable === 'boolean';
}
