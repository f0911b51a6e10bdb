/** Names for events, decisions and runs. */

/** 128 random bits in hexadecimal. Not `randomUUID`, which browsers give to pages of secure origins only. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
