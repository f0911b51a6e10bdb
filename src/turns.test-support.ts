/** How much is done before others have their turn. */

/** What `act` counts at most in one turn of the event loop, until what it returns is there. */
export async function mostInOneTurn(act: (count: () => void) => Promise<unknown>): Promise<number> {
  let [now, most] = [0, 0];
  // Begun after the first turn is asked for: then each of its own comes after the one that is counted here.
  const done = Promise.resolve().then(async () => {
    await act(() => now++);
    return true;
  });
  const turn = () => new Promise<boolean>((resolve) => setImmediate(resolve, false));
  while (!(await Promise.race([done, turn()]))) {
    most = Math.max(most, now);
    now = 0;
  }
  return Math.max(most, now);
}
