/** What a host is told of a tool before it lets a model call it. Nothing here reaches beyond this service. */

/** A snapshot is put on record, which changes nothing that anybody asks about. */
export const reads = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;

/** Adds to the log; the same call again adds nothing. */
export const appends = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;

/** Adds to the log, and answers each time anew: who asks again was not first. */
export const claims = { ...appends, idempotentHint: false } as const;
