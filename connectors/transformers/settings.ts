/** What a deployment says about its model, and how faults of it are told. */
import { TidemarkError } from '../../src/errors.js';

/** The file of the graph for each number format; names as the hub has them. */
export const graphFiles = {
  fp32: 'onnx/model.onnx',
  fp16: 'onnx/model_fp16.onnx',
  q8: 'onnx/model_quantized.onnx',
  int8: 'onnx/model_int8.onnx',
  uint8: 'onnx/model_uint8.onnx',
  q4: 'onnx/model_q4.onnx',
  q4f16: 'onnx/model_q4f16.onnx',
  bnb4: 'onnx/model_bnb4.onnx',
} as const;

export type Dtype = keyof typeof graphFiles;

/** How the vectors of a text's tokens become one: their mean, that of the first token, or the graph has done it. */
export type Pooling = 'mean' | 'cls' | 'none';

export interface ModelSettings {
  /** A folder of this machine, or `owner/name` of the hub. */
  readonly model: string;
  readonly dtype: Dtype;
  readonly pooling: Pooling;
  readonly questionPrefix: string;
  readonly passagePrefix: string;
  /** Where models of the hub are kept. */
  readonly cacheFolder: string;
  /** Absent: the public hub. */
  readonly hubUrl?: string;
}

export function modelFault(message: string, advice: string, cause?: unknown): TidemarkError {
  return new TidemarkError({ code: 'config_invalid', message, advice, retriable: false, cause });
}

export function stopping(): TidemarkError {
  const advice = 'Ask another instance, or this one once it is back.';
  return new TidemarkError({ code: 'stopping', message: 'the model is being put away', advice, retriable: true });
}
