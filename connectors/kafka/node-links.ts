/** The links of one reading, one per broker, each with one question at most under way or its answer not yet looked at. */
import type { Leader } from './cluster.js';
import { NodeLink } from './fetch.js';
import type { FetchAnswer, PartitionAsk } from './fetch-wire.js';
import type { KafkaSettings } from './settings.js';

export class NodeLinks {
  private readonly links = new Map<number, NodeLink>();
  private readonly busy = new Set<number>();

  constructor(private readonly settings: KafkaSettings) {}

  /** A broker that has moved gets a new link; what is under way on the old one rejects. */
  locate({ node, address }: Leader): void {
    const link = this.links.get(node);
    if (link?.address.host === address.host && link.address.port === address.port) return;
    link?.drop();
    this.links.set(node, new NodeLink(address, this.settings));
  }

  isFree(nodeId: number): boolean {
    return this.links.has(nodeId) && !this.busy.has(nodeId);
  }

  /** The broker is not free until `release`. */
  async fetch(nodeId: number, asks: readonly PartitionAsk[]): Promise<FetchAnswer> {
    this.busy.add(nodeId);
    const link = this.links.get(nodeId);
    if (link === undefined) throw new Error('a broker of no known address was asked');
    return await link.fetch(asks);
  }

  release(nodeId: number): void {
    this.busy.delete(nodeId);
  }

  drop(): void {
    for (const link of this.links.values()) link.drop();
  }
}
