/** Which of several instances this one is, and what its share of the work is. */
import type { PartitionKey, PositionVector } from '../domain/position.js';
import type { ApiService } from './service.js';

export interface Instance {
  /** `materializer` applies records and answers no questions, `api` answers and applies nothing. */
  readonly role: 'all' | 'materializer' | 'api';
  /** For operators: no other that runs has it. */
  readonly id: string;
  /** Whether this one applies the partition. */
  owns(partition: PartitionKey): boolean;
}

/** One process has everything to itself. */
export const soleInstance: Instance = { role: 'all', id: 'sole', owns: () => true };

/** Addresses that an instance answers whatever its role: how it is, and what happened to what it works on. */
const ofEveryRole: ReadonlySet<string> = new Set([
  '/livez',
  '/readyz',
  '/metrics',
  '/v1/positions',
  '/v1/positions/{topic}/{partition}/accept',
  '/v1/reconcile',
]);

export function serves({ role }: Instance, path: string): boolean {
  return role !== 'materializer' || ofEveryRole.has(path);
}

/**
 * Whether this instance's own journal has come to where the state was when that was asked for the first time: what others have applied, or
 * this one before it was started again. Replays need both; later the journal lags by what is being copied, which reads that need it wait for.
 */
export class FirstFollow {
  readonly #service: Pick<ApiService, 'journal' | 'engines'>;
  #wanted: PositionVector | undefined;
  #isDone = false;

  constructor(service: Pick<ApiService, 'journal' | 'engines'>) {
    this.#service = service;
  }

  async isDone(): Promise<boolean> {
    if (this.#isDone) return true;
    const { journal, engines } = this.#service;
    this.#wanted ??= await engines.state.through();
    const [known, starts] = [await journal.through(), await engines.log.starts()];
    // Of a partition whose records have all expired since there is nothing to come.
    this.#isDone = [...this.#wanted].every(
      ([partition, offset]) => (known.get(partition) ?? -1n) >= offset || (starts.get(partition) ?? 0n) > offset,
    );
    return this.#isDone;
  }
}
