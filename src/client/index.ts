/** `tidemark/client`: what a program needs that asks Tidemark, in a browser or in Node. */
export type * from './api.generated.js';
export type { ChangeMessage, Watched } from './changes.js';
export { type Appended, type CoverOptions, TidemarkClient } from './client.js';
export type { Decision, DecisionOptions, Effect, Override, Proposal } from './decision.js';
export type { Pause } from './pause.js';
export { TidemarkProblem } from './problem.js';
export type { Finished, Run, RunOptions } from './run.js';
export type { NamedKey, ToolOutcome } from './tool.js';
export type { CallOptions, CallParts, ClientOptions, Fetch, Operation } from './transport.js';
export type { WaitOptions } from './wait.js';
