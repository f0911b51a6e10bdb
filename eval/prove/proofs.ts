/** What `npm run prove` runs: each proof names the promises it can falsify and the suites it is made of. */

export type PromiseName = `P${number}`;

export interface Proof {
  readonly name: string;
  readonly promises: readonly PromiseName[];
  /** Paths of test files, or of folders with all that is in them, from the root of the repository. */
  readonly suites: readonly string[];
  /** It starts real servers, so it runs only where it is named. */
  readonly live?: boolean;
}

export const proofs: readonly Proof[] = [
  {
    name: 'one order per key, one outcome per record',
    promises: ['P1', 'P3', 'P4', 'P8'],
    suites: ['src/domain', 'src/materializer', 'src/state', 'src/log'],
  },
  { name: 'replay at both depths', promises: ['P3', 'P5'], suites: ['src/replay', 'src/snapshot', 'eval/replays'] },
  {
    name: 'simulation under faults',
    promises: ['P1', 'P2', 'P3', 'P4', 'P5', 'P7', 'P8', 'P9'],
    suites: ['eval/simulation'],
  },
  {
    name: 'mutants are caught',
    promises: ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8', 'P9'],
    suites: ['eval/mutants'],
  },
  {
    name: 'processes killed, files torn, disks full; generations switched beside reads; evaluations ended in their middle',
    promises: ['P1', 'P2', 'P4', 'P5', 'P9'],
    suites: ['connectors/file', 'eval/processes'],
  },
  { name: 'metamorphic laws', promises: ['P3', 'P4', 'P5'], suites: ['eval/metamorphic', 'eval/flow'] },
  {
    name: 'retention and checkpoints',
    promises: ['P1', 'P5'],
    suites: ['src/checkpoint', 'src/journal', 'eval/retention'],
  },
  { name: 'tenants apart', promises: ['P7'], suites: ['src/api/isolation.test.ts', 'src/retrieval'] },
  {
    name: 'ledger on real engines',
    promises: ['P1', 'P2', 'P3', 'P4', 'P5'],
    suites: ['eval/live/ledger/ledger.live.test.ts'],
    live: true,
  },
  {
    name: 'what agents do, claimed once and traced',
    promises: ['P6'],
    suites: ['src/interaction', 'eval/claims', 'eval/agents'],
  },
  { name: 'retrieved text stays data', promises: ['P16'], suites: ['src/prompts', 'eval/prompts'] },
  { name: 'bad input', promises: ['P1', 'P8', 'P16'], suites: ['eval/faults'] },
  {
    name: 'evaluations see no future, score as the reference does, and are the same again',
    promises: ['P3', 'P7'],
    suites: [
      'eval/harness',
      'eval/metrics',
      'eval/report',
      'eval/compare',
      'eval/capture',
      'src/main/evaluation.test.ts',
    ],
  },
  {
    name: 'evaluations over a real Kafka',
    promises: ['P3'],
    suites: ['eval/live/evaluation/kafka-range.live.test.ts'],
    live: true,
  },
  {
    name: 'index generations: one for each answer, the same on every instance',
    promises: ['P2', 'P5'],
    suites: ['src/generations'],
  },
  {
    name: 'index generations on real engines',
    promises: ['P2', 'P5'],
    suites: ['eval/live/suites/generations.live.test.ts', 'eval/live/processes/generations.live.test.ts'],
    live: true,
  },
];
