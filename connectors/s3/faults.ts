/** What an S3 store answers when it does not do what it was asked, as errors of ours. Nothing secret is in them. */
import { TidemarkError } from '../../src/errors.js';
import type { SegmentName } from '../../src/journal/archive-port.js';

/** Why nothing could be done, in terms of what an operator can mend. */
interface Mending {
  readonly why: string;
  readonly advice: string;
}

const keysRefused: Mending = {
  why: 'the store does not accept the access key',
  advice: 'Check the access key, its secret and the region.',
};
const noRights: Mending = {
  why: 'the access key may not do this',
  advice: 'Allow it to list the bucket and to get and put objects under the prefix.',
};
const wrongRegion: Mending = { why: 'the bucket is in another region', advice: 'Configure the region of the bucket.' };
const noBucket: Mending = {
  why: 'there is no such bucket',
  advice: 'Make the bucket, or check its name and the endpoint.',
};

/** Error codes of the S3 API, and names of errors of the client. */
const mendings: ReadonlyMap<string, Mending> = new Map([
  ['NoSuchBucket', noBucket],
  ['InvalidBucketName', noBucket],
  ['InvalidAccessKeyId', keysRefused],
  ['SignatureDoesNotMatch', keysRefused],
  ['AuthorizationHeaderMalformed', keysRefused],
  ['InvalidToken', keysRefused],
  ['ExpiredToken', keysRefused],
  ['AccessDenied', noRights],
  ['AllAccessDisabled', noRights],
  ['AccountProblem', noRights],
  ['PermanentRedirect', wrongRegion],
  ['IllegalLocationConstraintException', wrongRegion],
  [
    'RequestTimeTooSkewed',
    { why: "this machine's clock differs too much from the store's", advice: 'Set the clock of this machine.' },
  ],
  [
    'CredentialsProviderError',
    { why: 'there are no credentials', advice: 'Configure an access key, or give the machine a role.' },
  ],
]);
const byStatus: ReadonlyMap<number, Mending> = new Map([
  [301, wrongRegion],
  [401, keysRefused],
  [403, noRights],
]);

export interface StoreAnswer {
  /** Code of the S3 API, or the name of the client's error. */
  readonly name: string;
  /** Undefined when nothing answered. */
  readonly status: number | undefined;
}

export function answerIn(error: unknown): StoreAnswer {
  if (!(error instanceof Error)) return { name: 'unknown', status: undefined };
  const { $metadata: metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return { name: error.name, status: metadata?.httpStatusCode };
}

/**
 * `config_invalid` for what stays so until somebody mends it, else `unreachable`. The cause is left out: the client's errors hold on
 * to the request, and with it to its signature.
 */
export function storeFault(bucket: string, error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error;
  const { name, status } = answerIn(error);
  const mending = mendings.get(name) ?? (status === undefined ? undefined : byStatus.get(status));
  const facts = { bucket, answer: name, ...(status === undefined ? {} : { status }) };
  if (mending === undefined) {
    return new TidemarkError({
      code: 'unreachable',
      message: `The archive in bucket "${bucket}" cannot be reached: ${status === undefined ? name : `${status} ${name}`}.`,
      advice: 'Check the endpoint and the network; it is tried again meanwhile.',
      retriable: true,
      facts,
    });
  }
  const message = `The archive in bucket "${bucket}" cannot be used: ${mending.why}.`;
  return new TidemarkError({ code: 'config_invalid', message, advice: mending.advice, retriable: false, facts });
}

export function segmentLost({ topic, partition, baseOffset }: SegmentName, reason: string): TidemarkError {
  return new TidemarkError({
    code: 'log_damaged',
    message: `The archived segment ${baseOffset} of ${topic}:${partition} cannot be used: ${reason}.`,
    advice: 'Restore this object of the bucket from an older version or a replica.',
    retriable: false,
    facts: { topic, partition, baseOffset: String(baseOffset), reason },
  });
}
