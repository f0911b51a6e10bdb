/** How a model is read: with another of these the same files give other vectors, so each is part of the embedder's identity. */
export const modelDtypes = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;
export const modelPoolings = ['mean', 'cls', 'none'] as const;

export interface ModelReading {
  /** The number format of its graph. */
  readonly dtype: (typeof modelDtypes)[number];
  /** How its tokens become one vector. */
  readonly pooling: (typeof modelPoolings)[number];
  /** What it wants before each text. */
  readonly questionPrefix: string;
  readonly passagePrefix: string;
}
