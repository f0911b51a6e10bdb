/**
 * Errors and refusals as RFC 9457 problems: the one place where a code gets its HTTP status. A problem names the fault, the fields
 * and what to do next; it never carries a stack, a parameter's value or other customer text.
 */
import type { z } from 'zod';
import { type ErrorCode, type ErrorDetails, TidemarkError } from '../errors.js';
import type { Reply } from './reply.js';

/** 400: cannot be read. 422: was read and cannot be meant. 409: contradicts what is on record. 503: ask again. */
export const problemTypes: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  request_malformed: { status: 400, title: 'The request cannot be read' },
  token_malformed: { status: 400, title: 'A token cannot be read' },
  unauthenticated: { status: 401, title: 'No valid credential' },
  forbidden: { status: 403, title: 'The credential does not allow this' },
  route_not_found: { status: 404, title: 'No such address' },
  account_not_found: { status: 404, title: 'No such account' },
  snapshot_not_found: { status: 404, title: 'No such snapshot' },
  decision_not_found: { status: 404, title: 'No such decision' },
  generation_not_found: { status: 404, title: 'No such index generation' },
  rejected_not_found: { status: 404, title: 'No such rejected event' },
  method_not_allowed: { status: 405, title: 'The address has no such method' },
  not_acceptable: { status: 406, title: 'No acceptable representation' },
  event_id_reused: { status: 409, title: 'An event id was used before with another body' },
  already_decided: { status: 409, title: 'The rejected event has been decided' },
  generation_conflict: { status: 409, title: 'The index generation cannot be changed like this' },
  nothing_to_accept: { status: 409, title: 'There is nothing like this to accept' },
  redrive_impossible: { status: 409, title: 'The rejected event cannot be redriven like this' },
  snapshot_mismatch: { status: 409, title: 'The journal does not give the released snapshot' },
  snapshot_unreplayable: { status: 410, title: 'The snapshot can no longer be rebuilt' },
  past_lost: { status: 410, title: 'That past can no longer be rebuilt' },
  request_too_large: { status: 413, title: 'The request is too large' },
  media_type_unsupported: { status: 415, title: 'The media type is not supported' },
  request_invalid: { status: 422, title: 'The request is not valid' },
  event_rejected: { status: 422, title: 'Events were not understood' },
  token_of_another_log: { status: 422, title: 'A token belongs to another log' },
  suite_invalid: { status: 422, title: 'The suite is not valid' },
  token_in_future: { status: 422, title: 'A token is beyond the end of the log' },
  config_invalid: { status: 500, title: 'The configuration is not valid' },
  log_damaged: { status: 500, title: 'The log is damaged' },
  internal: { status: 500, title: 'An unexpected error' },
  behind: { status: 503, title: 'The state has not reached what was asked for' },
  stale: { status: 503, title: 'The state is not proven recent enough' },
  overloaded: { status: 503, title: 'Too much at once' },
  log_locked: { status: 503, title: 'The log is in use by another process' },
  log_failed: { status: 503, title: 'The log cannot be written' },
  index_unavailable: { status: 503, title: 'The retrieval index cannot be asked' },
  audit_unavailable: { status: 503, title: 'The audit record cannot be written' },
  state_unavailable: { status: 503, title: 'The state cannot be read' },
  unreachable: { status: 503, title: 'Something this depends on cannot be reached' },
  stopping: { status: 503, title: 'The service is stopping' },
};

/** One fault of one member. `pointer` is a JSON pointer (RFC 6901) into the body, the query, the path or the headers. */
export interface MemberFault {
  readonly in: 'body' | 'query' | 'path' | 'header';
  readonly pointer: string;
  readonly detail: string;
}

export interface Problem extends ErrorDetails {
  readonly kind: 'problem';
  readonly errors?: readonly MemberFault[];
  /** Further members beside the standard ones. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problem(details: Omit<Problem, 'kind'>): Problem {
  return { kind: 'problem', ...details };
}

const RETRY_AFTER_SECONDS = '1';
const FAULTS_MAX = 50;

export function renderProblem(told: Problem, requestId: string): Reply {
  const { code, message, advice, retriable, facts, errors, extensions } = told;
  const { status, title } = problemTypes[code];
  const body = {
    type: `urn:tidemark:problem:${code}`,
    title,
    status,
    detail: message,
    instance: `urn:tidemark:request:${encodeURIComponent(requestId)}`,
    code,
    advice,
    retriable,
    requestId,
    ...(errors === undefined || errors.length === 0 ? {} : { errors: errors.slice(0, FAULTS_MAX) }),
    ...(facts === undefined || Object.keys(facts).length === 0 ? {} : { facts }),
    ...extensions,
  };
  const retry = status === 503 && retriable ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
  const headers = { 'content-type': 'application/problem+json', ...retry, ...told.headers };
  return { kind: 'reply', status, headers, body: JSON.stringify(body) };
}

/** Anything thrown. What is not ours is told as `internal`, without its message: that may quote customer text. */
export function problemOf(error: unknown): Problem {
  if (error instanceof TidemarkError) {
    const { code, message, advice, retriable, facts } = error;
    return problem({ code, message, advice, retriable, facts });
  }
  return problem({
    code: 'internal',
    message: 'the request ended in an unexpected error',
    advice: 'Try again; when it repeats, report it with the request id, which the log names beside the cause.',
    retriable: true,
  });
}

export function invalid(errors: readonly MemberFault[]): Problem {
  const count = errors.length > FAULTS_MAX ? `more than ${FAULTS_MAX}` : errors.length;
  const named = errors.length === 1 ? 'a member' : `${count} members`;
  return problem({
    code: 'request_invalid',
    message: `${named} of the request cannot be accepted`,
    advice: 'Correct the members named under errors; /openapi.json describes them.',
    retriable: false,
    errors,
  });
}

/** zod's issues as faults. An unknown member is named by its own pointer. */
export function faultsOf(error: z.ZodError, where: MemberFault['in']): readonly MemberFault[] {
  return error.issues.flatMap((issue): readonly MemberFault[] => {
    const at = issue.path.map((part) => `/${escapePointer(String(part))}`).join('');
    if (issue.code !== 'unrecognized_keys') return [{ in: where, pointer: at, detail: detailOf(issue) }];
    return issue.keys.slice(0, FAULTS_MAX + 1).map((key) => {
      const pointer = `${at}/${escapePointer(key.slice(0, POINTER_NAME_MAX))}`;
      return { in: where, pointer, detail: 'unknown member' };
    });
  });
}

/** zod says of a missing member that it is undefined, which JSON does not know. */
function detailOf(issue: z.core.$ZodIssue): string {
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return isMissing ? 'is required' : issue.message;
}

const POINTER_NAME_MAX = 64;

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
