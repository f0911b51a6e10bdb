/**
 * Key to partition: Murmur2 (seed 0x9747b28c) with the sign bit cleared, modulo the number of partitions. It is the default of
 * Apache Kafka's Java producer (`org.apache.kafka.common.utils.Utils.murmur2`), so the same key lands in the same partition
 * number whoever produces it.
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

const MULTIPLIER = 0x5bd1e995;
const SEED = 0x9747b28c;

/** Murmur2, 32 bit, as a signed integer. */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  let h = SEED ^ length;
  const words = length >> 2;
  for (let i = 0; i < words; i++) {
    let k =
      byte(data, 4 * i) | (byte(data, 4 * i + 1) << 8) | (byte(data, 4 * i + 2) << 16) | (byte(data, 4 * i + 3) << 24);
    k = Math.imul(k, MULTIPLIER);
    k ^= k >>> 24;
    k = Math.imul(k, MULTIPLIER);
    h = Math.imul(h, MULTIPLIER) ^ k;
  }
  const tail = words * 4;
  const rest = length & 3;
  if (rest === 3) h ^= byte(data, tail + 2) << 16;
  if (rest >= 2) h ^= byte(data, tail + 1) << 8;
  if (rest >= 1) {
    h ^= byte(data, tail);
    h = Math.imul(h, MULTIPLIER);
  }
  h ^= h >>> 13;
  h = Math.imul(h, MULTIPLIER);
  return h ^ (h >>> 15);
}

function byte(data: Uint8Array, index: number): number {
  return data[index] ?? 0;
}
