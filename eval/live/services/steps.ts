/** What is going on while services start: a line per step, and on a terminal a moving line for what takes long. */

export interface Steps {
  /** A step that is done, or a fact worth keeping. */
  say(text: string): void;
  /** Where a long step stands; shown on a terminal only, until the next line. */
  move(text: string): void;
}

export function stepsOn(stream: NodeJS.WriteStream): Steps {
  const moving = stream.isTTY;
  // Back to the first column and clear to the end (ECMA-48: CR, then EL).
  const clear = moving ? '\r\u001b[K' : '';
  return {
    say: (text) => void stream.write(`${clear}${text}\n`),
    move: (text) => {
      if (moving) stream.write(`${clear}${text.slice(0, Math.max(0, stream.columns - 1))}`);
    },
  };
}

export const silent: Steps = { say: () => {}, move: () => {} };

/** Seconds since `fromMs` of `performance.now()`, for a person. */
export function secondsSince(fromMs: number): string {
  return `${((performance.now() - fromMs) / 1000).toFixed(1)} s`;
}
