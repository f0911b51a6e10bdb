/** Who a request is: its id, ours or the caller's, and the W3C trace context it belongs to. */
import { randomUUID } from 'node:crypto';
import { limits } from '../limits.js';
import type { ApiRequest } from './request.js';

export interface Trace {
  readonly requestId: string;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
}

const REQUEST_ID = /^[A-Za-z0-9._~:+/=@-]+$/;
// W3C Trace Context section 3.2: version, trace id, parent id, flags; version ff and ids of zeros only are invalid.
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACESTATE = /^[\x20-\x7e]+$/;

/** A caller's id is taken when it is short and plain; anything else gets a new one, so that a log line stays one line. */
export function traceOf(request: Pick<ApiRequest, 'header'>): Trace {
  const asked = request.header('x-request-id');
  const taken = asked !== undefined && asked.length <= limits.requestIdLengthMax && REQUEST_ID.test(asked);
  const requestId = taken ? asked : randomUUID();
  const parent = request.header('traceparent');
  if (parent === undefined || !TRACEPARENT.test(parent)) return { requestId, traceparent: null, tracestate: null };
  const state = request.header('tracestate');
  const kept = state !== undefined && state.length <= limits.traceStateLengthMax && TRACESTATE.test(state);
  return { requestId, traceparent: parent, tracestate: kept ? state : null };
}
