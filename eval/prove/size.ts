/** How much a proving suite does: a fixed, quick part at every test run, all of it by `npm run prove -- --full`. */
export function size(atEveryRun: number, full: number): number {
  return process.env.TIDEMARK_PROVE === 'full' ? full : atEveryRun;
}

/** The environment in which a program, and what it starts, has that size. */
export function environmentAt(wanted: 'quick' | 'full'): NodeJS.ProcessEnv {
  return { ...process.env, TIDEMARK_PROVE: wanted };
}

/** The one seed a simulation is to run again; undefined: all of them. */
export function simulationSeed(): number | undefined {
  const seed = process.env.SIMULATION_SEED;
  return seed === undefined ? undefined : Number(seed);
}
