/**
 * What the two clients throw, as errors with closed codes. The clients' own texts stay behind in `cause`: they name hosts, topics and
 * now and then what was sent. A fault is known by codes alone, wherever in the causes they are.
 */
import { type Callback, protocolErrorsCodesById, ResponseError } from '@platformatic/kafka';
import { type ErrorDetails, TidemarkError } from '../../src/errors.js';

/** What was being done: an append that a broker refuses may be tried again, a start that names no topic may not. */
export type Doing = 'asking' | 'appending';

type Fault = Omit<ErrorDetails, 'cause' | 'facts'>;

interface Rule {
  readonly fault: Fault;
  readonly codes: ReadonlySet<string>;
}

/** The first that fits counts: of several brokers that failed in different ways, the one whose answer says most. */
const rules: readonly Rule[] = [
  rule(
    {
      code: 'config_invalid',
      message: 'The Kafka brokers refuse the user or the password.',
      advice: 'Check KAFKA_USERNAME, KAFKA_PASSWORD (or the file it is in) and KAFKA_SASL.',
      retriable: false,
    },
    [
      'SASL_AUTHENTICATION_FAILED',
      'UNSUPPORTED_SASL_MECHANISM',
      'ILLEGAL_SASL_STATE',
      'KafkaJSSASLAuthenticationError',
      'PLT_KFK_AUTHENTICATION',
    ],
  ),
  rule(
    {
      code: 'config_invalid',
      message: 'No TLS connection to the Kafka brokers comes about.',
      advice:
        'Check that LOG_URL begins with kafkas:// only for listeners with TLS, that KAFKA_TLS_CA vouches for them, and their host names.',
      retriable: false,
    },
    [
      'TLS',
      'EPROTO',
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
  ),
  rule(
    {
      code: 'config_invalid',
      message: 'The Kafka user has no rights to what was asked for.',
      advice: 'Grant KAFKA_USERNAME Read, Write and Describe on the topics of the log, and Read on KAFKA_GROUP.',
      retriable: false,
    },
    [
      'TOPIC_AUTHORIZATION_FAILED',
      'GROUP_AUTHORIZATION_FAILED',
      'CLUSTER_AUTHORIZATION_FAILED',
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    ],
  ),
  rule(
    {
      code: 'request_too_large',
      message: 'The Kafka brokers take no record of this size.',
      advice:
        'Store large content elsewhere and append a pointer with its hash, or raise max.message.bytes of the topic.',
      retriable: false,
    },
    ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'],
  ),
  rule(
    {
      code: 'config_invalid',
      message: 'The brokers do not speak the requests that are needed.',
      advice: 'Use Apache Kafka 3.1 or newer, or what is compatible with it.',
      retriable: false,
    },
    ['UNSUPPORTED_VERSION', 'PLT_KFK_UNSUPPORTED_API', 'KafkaJSServerDoesNotSupportApiKey'],
  ),
  rule(
    {
      code: 'config_invalid',
      message: 'A topic of the log is not there.',
      advice: 'Make it with "tidemark topics apply", or correct the names of the topics in the configuration.',
      retriable: false,
    },
    ['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID', 'INVALID_TOPIC_EXCEPTION'],
  ),
  rule(
    {
      code: 'unreachable',
      message: 'No Kafka broker can be reached.',
      advice: 'Check LOG_URL and the network; if the brokers are up, whether their listener wants TLS or a password.',
      retriable: true,
    },
    [
      'ECONNREFUSED',
      'ECONNRESET',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EPIPE',
      'ETIMEDOUT',
      'PLT_KFK_NETWORK',
      'PLT_KFK_TIMEOUT',
      'PLT_KFK_UNEXPECTED_CORRELATION_ID',
      'KafkaJSBrokerNotFound',
      'KafkaJSConnectionClosedError',
      'KafkaJSConnectionError',
      'KafkaJSNoBrokerAvailableError',
      'KafkaJSRequestTimeoutError',
      'BROKER_NOT_AVAILABLE',
      'NETWORK_EXCEPTION',
      'REQUEST_TIMED_OUT',
    ],
  ),
];

const refused: Fault = {
  code: 'log_failed',
  message: 'The Kafka brokers refuse.',
  advice:
    'Try again in a few seconds; if it stays, look the reason up in the protocol guide of Kafka and in the log of the brokers.',
  retriable: true,
};

/** An append that fails so may succeed the next time: topics are made again, and requests outlive their brokers. */
const mayPass: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID', 'REQUEST_TIMED_OUT']);

/** Any error of a client. One of ours, also deep in the causes, is returned as it is. */
export function kafkaError(error: unknown, doing: Doing = 'asking'): TidemarkError {
  const chain = [...causesOf(error)];
  const ours = chain.find((cause) => cause instanceof TidemarkError);
  if (ours !== undefined) return ours;
  return faultOf(chain.flatMap(codesOf), doing, error);
}

/** The client takes any fault in an answer for an error of all of it; what else the answer holds is told by this one. */
export function withAnswer<Answer>(done: Callback<Answer>): Callback<Answer> {
  return (error, answer) => {
    // A property of its error that its types do not name.
    const { response } =
      error instanceof ResponseError ? (error as ResponseError & { readonly response?: Answer }) : {};
    if (response === undefined) done(error, answer);
    else done(null, response);
  };
}

/** A fault that a broker names by its number in an answer. */
export function refusedByNumber(errorCode: number, doing: Doing = 'asking'): TidemarkError {
  const name = Object.entries(protocolErrorsCodesById).find(([number]) => Number(number) === errorCode)?.[1];
  return faultOf([name ?? `error ${errorCode}`], doing, undefined);
}

function faultOf(codes: readonly string[], doing: Doing, cause: unknown): TidemarkError {
  const left = doing === 'appending' ? codes.filter((code) => !mayPass.has(code)) : codes;
  const found = rules.find((candidate) => left.some((code) => candidate.codes.has(code)));
  // The deepest cause is the nearest to what happened.
  const reason = left.findLast((code) => found?.codes.has(code) ?? isBrokerCode(code)) ?? codes.findLast(isBrokerCode);
  const fault = found?.fault ?? refused;
  return new TidemarkError({
    ...fault,
    ...(reason === undefined ? {} : { facts: { reason }, message: fault.message.replace(/\.$/, ` (${reason}).`) }),
    cause,
  });
}

/** `NOT_ENOUGH_REPLICAS`, and `error 999`, which this client does not know yet. */
function isBrokerCode(code: string): boolean {
  return /^(?:[A-Z][A-Z_]+|error \d+)$/.test(code);
}

function rule(fault: Fault, codes: readonly string[]): Rule {
  return { fault, codes: new Set(codes) };
}

const DEPTH_MAX = 16;

/** The error, its causes and what it gathers, outermost first. Causes may go round in circles. */
function* causesOf(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return;
  yield error;
  if ('cause' in error) yield* causesOf(error.cause, depth + 1);
  if ('originalError' in error) yield* causesOf(error.originalError, depth + 1);
  if ('errors' in error && Array.isArray(error.errors)) {
    for (const one of error.errors) yield* causesOf(one, depth + 1);
  }
}

/** Of the system and @platformatic/kafka (`code`), of brokers (`apiId`, `type`), of kafkajs (`name`). */
function codesOf(error: object): readonly string[] {
  const values = ['code', 'apiId', 'type', 'name'].map((field) => Reflect.get(error, field));
  const texts = values.filter((value) => typeof value === 'string');
  return texts.some((text) => /^ERR_(?:SSL|TLS|OSSL)_/.test(text)) ? ['TLS', ...texts] : texts;
}

/** Of a process that was not heard of for so long that another may be in its place. */
export function notOwner(what: 'appended' | 'committed'): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: `Nothing is ${what}: the brokers have not heard of this instance for so long that another may be in its place.`,
    advice: 'Try again; if another instance has taken over this one ends, and the other one answers.',
    retriable: true,
  });
}
