/** Every tool, in the order in which an agent comes to need them; hosts are shown this order. */
import type { Tool } from '../tool.js';
import { describeContext } from './describe-context.js';
import { getContext } from './get-context.js';

export const tools: readonly Tool[] = [describeContext, getContext];
