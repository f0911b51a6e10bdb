/** Every address of the API, in the order of its documentation. */
import type { Endpoint } from './endpoint.js';
import { postAccept } from './routes/accept.js';
import { getAccount } from './routes/accounts.js';
import { getChanges } from './routes/changes.js';
import { postClaims } from './routes/claims.js';
import { postContext } from './routes/context.js';
import { getTrace } from './routes/decisions.js';
import { getDiff } from './routes/diff.js';
import { postDiscard } from './routes/discard.js';
import { docsEndpoints, getOpenApi } from './routes/docs.js';
import { postEvents } from './routes/events.js';
import {
  dropGeneration,
  listGenerations,
  promoteGeneration,
  rollBackGeneration,
  startGeneration,
} from './routes/generations.js';
import { getLive, getReady } from './routes/health.js';
import { getHistory } from './routes/history.js';
import { getMetrics } from './routes/metrics.js';
import { getPositions } from './routes/positions.js';
import { listPrompts } from './routes/prompts.js';
import { postReconcile } from './routes/reconcile.js';
import { postRedrive } from './routes/redrive.js';
import { getRejected, listRejected } from './routes/rejected.js';
import { postReplay } from './routes/replay.js';
import { postSearch } from './routes/search.js';
import { getSnapshot } from './routes/snapshots.js';
import { postMerge } from './routes/tokens.js';
import { getValidity } from './routes/validity.js';

/** What the OpenAPI document describes. */
export const documented: readonly Endpoint[] = [
  postContext,
  postSearch,
  listPrompts,
  getSnapshot,
  postReplay,
  getDiff,
  getValidity,
  getChanges,
  postEvents,
  postClaims,
  getPositions,
  postAccept,
  postMerge,
  getAccount,
  getHistory,
  getTrace,
  listRejected,
  getRejected,
  postRedrive,
  postDiscard,
  postReconcile,
  listGenerations,
  startGeneration,
  promoteGeneration,
  rollBackGeneration,
  dropGeneration,
  getLive,
  getReady,
  getMetrics,
  getOpenApi,
];

export const endpoints: readonly Endpoint[] = [...documented, ...docsEndpoints];
