/** What an append says to brokers, over connections of its own: it waits for replicas, and a broker answers in the order it was asked. */
import { Connections, type Question } from './connections.js';
import { askForId, type Batch, type Numbering, type Produced, produce } from './produce.js';
import type { KafkaSettings, NodeAddress } from './settings.js';

export interface Numbered {
  readonly batches: readonly Batch[];
  readonly numbering: Numbering;
}

export interface ProduceWire {
  /** Of a broker, any of them. */
  askForId(address: NodeAddress): Promise<Numbering>;
  /** `assertMay` throws when nothing must be written any more: asked when a connection is there, which takes seconds, before each writing. */
  produce(address: NodeAddress, numbered: Numbered, assertMay: () => void): Promise<Produced>;
  close(): void;
}

export class KafkaWire implements ProduceWire {
  readonly #connections: Connections;

  constructor(settings: KafkaSettings) {
    this.#connections = new Connections(settings);
  }

  askForId(address: NodeAddress): Promise<Numbering> {
    return this.#connections.ask(address, askForId);
  }

  produce(address: NodeAddress, { batches, numbering }: Numbered, assertMay: () => void): Promise<Produced> {
    return this.#connections.ask(address, guarded(produce(batches, numbering), assertMay));
  }

  close(): void {
    this.#connections.close();
  }
}

function guarded<Answer>(question: Question<Answer>, assertMay: () => void): Question<Answer> {
  return (connection, done) => {
    assertMay();
    question(connection, done);
  };
}
