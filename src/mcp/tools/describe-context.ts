/** What there is, how fresh it is, and what can be asked: where an agent begins. */
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../domain/canonical.js';
import { isJsonObject } from '../../domain/json.js';
import { type Kind, kindNames } from '../../domain/kinds/index.js';
import { limits } from '../../limits.js';
import { freshnessLabels } from '../../snapshot/freshness.js';
import { reads } from '../annotations.js';
import { type Readiness, readinesses, readinessSaid } from '../provenance.js';
import { tool } from '../tool.js';

const about: Readonly<Record<Kind, string>> = {
  account: 'The customer: name, plan, status and what else the business system keeps of it',
  ticket: 'What the customer asked support for, open and closed; its text is written by customers',
  entitlement: 'What the account has a right to, each with the time it is valid',
  policy: 'Rules of the business, each with the time it is in force and whom it applies to',
};

const asks = [
  { tool: 'get_context', for: 'the state of one account and the policies that bear on a question' },
  { tool: 'search_context', for: 'policies and tickets by meaning, with or without an account' },
  { tool: 'check_snapshot', for: 'whether what a snapshot says still holds' },
  { tool: 'replay_snapshot', for: 'proof that a snapshot can be rebuilt from the log' },
  { tool: 'claim_tool_call', for: 'leave to act, once, before acting' },
  { tool: 'record_tool_outcome', for: 'saying what came of a claimed call' },
  { tool: 'record_decision', for: 'putting a decision on record, with the snapshots it rests on' },
  { tool: 'trace_decision', for: 'everything on record about one decision' },
] as const;

const output = z.object({
  readiness: z.enum(readinesses),
  status: z.string(),
  kinds: z.array(
    z.object({
      kind: z.string(),
      about: z.string(),
      searchable: z.boolean(),
      readiness: z.enum(readinesses),
      freshness: z.enum(freshnessLabels),
      lagRecords: z.string().nullable(),
      lagSeconds: z.number().nullable(),
    }),
  ),
  claims: z.object({ readiness: z.enum(readinesses), detail: z.string() }),
  asks: z.array(z.object({ tool: z.string(), for: z.string() })),
  limits: z.object({ tokenBudgetMax: z.int(), questionLengthMax: z.int(), searchResultsMax: z.int() }),
  token: z.string().nullable(),
});

export const describeContext = tool({
  name: 'describe_context',
  title: 'Describe what can be asked',
  description:
    'Which kinds of records there are, how fresh and how far loaded each is, and which tool answers what. Ask this first, and again ' +
    'when something that should be there is missing: it tells "nothing there" from "not loaded yet".',
  input: z.strictObject({}),
  output,
  annotations: reads,
  ask: async (_call, asking) => {
    const reply = await asking.get('/v1/positions');
    if (reply.kind === 'refused') return { reply };
    const ready = await asking.get('/readyz');
    const status = (ready.kind === 'told' ? ready.value.status : undefined) ?? 'unreachable';
    const { partitions, token = null } = reply.value;
    const held = (Array.isArray(partitions) ? partitions : []).filter(isJsonObject);
    const value = {
      readiness: readinessSaid(status),
      status,
      kinds: kindNames.map((kind) => describe(kind, held)),
      claims: claimsOf(ready.kind === 'told' ? ready.value.checks : undefined),
      asks: asks.map((one) => ({ ...one })),
      limits: {
        tokenBudgetMax: limits.tokenBudgetMax,
        questionLengthMax: limits.questionLengthMax,
        searchResultsMax: limits.searchResultsMax,
      },
      token,
    };
    return { reply: { kind: 'told', value, text: JSON.stringify(value) } };
  },
});

/** Whether claims and traces can be answered: what agents did is read apart from what is known of the business. */
function claimsOf(checks: JsonValue | undefined): { readonly readiness: Readiness; readonly detail: string } {
  const ledger = isJsonObject(checks) && isJsonObject(checks.ledger) ? checks.ledger : {};
  return { readiness: ledger.ok === true ? 'ready' : 'loading', detail: String(ledger.detail ?? 'not known') };
}

const labelNames: readonly (JsonValue | undefined)[] = freshnessLabels;

/** A kind is as good as the worst of its partitions. */
function describe(kind: Kind, partitions: readonly JsonObject[]) {
  const own = partitions.filter((partition) => partition.about === kind);
  const labels = own.map(({ label }) => labelNames.indexOf(label));
  const lags = own.map(({ lagRecords }) => lagRecords);
  const ages = own.map(({ lagSeconds }) => lagSeconds);
  return {
    kind,
    about: about[kind],
    searchable: kind === 'policy' || kind === 'ticket',
    readiness: worst(own.map(readinessOfPartition)),
    freshness: freshnessLabels[Math.max(0, ...labels)] ?? 'unknown',
    lagRecords: lags.some((lag) => typeof lag !== 'string') ? null : String(lags.reduce(sum, 0n)),
    lagSeconds: ages.some((age) => typeof age !== 'number') ? null : Math.max(0, ...ages.map(Number)),
  };
}

function sum(total: bigint, lag: JsonValue | undefined): bigint {
  return total + BigInt(typeof lag === 'string' ? lag : 0);
}

/** Never caught up since this process began: its age is not known. */
function readinessOfPartition({ label, trouble, lagSeconds }: JsonObject): Readiness {
  if (label === 'fresh') return 'ready';
  if (trouble !== null) return 'degraded';
  return lagSeconds === null || label === 'stale' ? 'loading' : 'degraded';
}

function worst(found: readonly Readiness[]): Readiness {
  return readinesses[Math.max(0, ...found.map((one) => readinesses.indexOf(one)))] ?? 'degraded';
}
