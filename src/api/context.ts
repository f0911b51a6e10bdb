/** What every handler is given beside the request. */
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { Authenticator } from './auth.js';
import type { FirstFollow, Instance } from './instance.js';
import type { ApiService } from './service.js';
import type { StreamSlots } from './stream-slots.js';

export interface ApiContext {
  readonly service: ApiService;
  readonly auth: Authenticator;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly version: string;
  readonly streams: StreamSlots;
  readonly instance: Instance;
  readonly firstFollow: FirstFollow;
  /** Aborts when the service begins to stop: open change streams end. */
  readonly stopping: AbortSignal;
  readonly openApi: () => string;
}
