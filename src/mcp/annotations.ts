/** What a host is told of a tool before it lets a model call it. Nothing here reaches beyond this service. */

/** A snapshot is put on record, which changes nothing that anybody asks about. */
export const reads = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;

/** Adds to the log; the same call again, with the same id, adds nothing. */
export const appends = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;
