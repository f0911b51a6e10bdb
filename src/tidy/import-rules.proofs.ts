import { cycles, direction, shippedPackages } from './import-rules.js';
import { at, type Proof } from './proof.js';

export const importProofs: readonly Proof[] = [
  {
    rule: direction,
    bad: [
      ...at('src/domain/fold.ts', "import { x } from '../log/port.js';", "export * from '../state/port.js';"),
      ...at('src/domain/event.ts', "import { log } from '../observability/log.js';"),
      ...at('src/log/port.ts', "type Through = import('../snapshot/stamp.js').Through;"),
      ...at('src/state/port.ts', "import type { Config } from '../config.js';"),
      ...at(
        'src/api/app.ts',
        "import { config } from '../config.js';",
        "const start = () => import('../pipeline.js');",
      ),
      ...at('src/pipeline.ts', "import { fileLog } from '../connectors/file/log.js';"),
      ...at('src/pipeline.ts', "import { openEmbedded } from './main/embedded.js';"),
      ...at('src/cli/demo.ts', "import { run } from '../../eval/bench/run.js';"),
      ...at('src/shortcut/index.ts', "import { limits } from '../limits.js';"),
      ...at('src/client/client.ts', "import { limits } from '../limits.js';"),
      ...at('src/api/app.ts', "import { TidemarkClient } from '../client/client.js';"),
      ...at('src/snapshot/build.test.ts', "import { redis } from '../../connectors/redis/state.js';"),
      ...at('connectors/file/log.ts', "import { fold } from '../../src/materializer/loop.js';"),
      ...at('connectors/redis/state.ts', "import { memory } from '../memory/state.js';"),
      ...at('eval/harness.ts', "import { memory } from '../connectors/memory/state.js';"),
      ...at('eval/metrics/leaks.ts', "import { main } from '../../src/main.js';"),
      ...at('connectors/redis/state.live.test.ts', "import { memory } from '../../eval/baselines/keyword.js';"),
      ...at('connectors/redis/state.test.ts', "import { kafkaUrl } from '../../eval/live/settings.js';"),
      ...at('src/errors.ts', "import { readSource } from './tidy/source.js';"),
    ],
    good: [
      ...at('src/domain/fold.ts', "import { limits } from '../limits.js'; import { a } from './kinds/account.js';"),
      ...at('src/log/port.ts', "// import { x } from '../api/app.js';\nconst text = `import '../api/app.js'`;"),
      ...at('src/audit/log.ts', "import type { EventLog } from '../log/port.js';"),
      ...at('src/snapshot/build.ts', "import { log } from '../observability/log.js';"),
      ...at('src/pipeline.ts', "import { buildApp } from './api/app.js'; import type { Config } from './config.js';"),
      ...at(
        'src/main.ts',
        "import { fileLog } from '../connectors/file/log.js'; import { run } from '../eval/run.js';",
      ),
      ...at('src/cli/demo/agent.ts', "import { TidemarkClient } from '../../client/client.js';"),
      ...at('src/client/client.ts', "import { changes } from './changes.js';"),
      ...at('src/main/embedded.ts', "import { fileLog } from '../../connectors/file/log.js';"),
      ...at('src/snapshot/build.test.ts', "import { memoryState } from '../../connectors/memory/state.js';"),
      ...at('src/log/port.test.ts', "import { buildApp } from '../api/app.js';"),
      ...at(
        'connectors/file/log.ts',
        "import { a } from '../../src/log/port.js'; import { b } from '../memory/log.js';",
      ),
      ...at('connectors/redis/state.test.ts', "import { memory } from '../memory/state.js';"),
      ...at('connectors/redis/state.live.test.ts', "import { kafkaUrl } from '../../eval/live/settings.js';"),
      ...at('eval/harness.ts', "import { buildPipeline } from '../src/pipeline.js';"),
      ...at('eval/bench/run.ts', "import { memory } from '../../connectors/memory/state.js';"),
    ],
  },
  {
    rule: cycles,
    bad: [
      { 'src/log/a.ts': "import '../journal/b.js';", 'src/journal/b.ts': "import type { A } from '../log/a.js';" },
      {
        'src/replay/a.ts': "import '../snapshot/b.js';",
        'src/snapshot/b.ts': "import '../interaction/c.js';",
        'src/interaction/d.ts': "import '../replay/e.js';",
      },
    ],
    good: [
      { 'src/replay/a.ts': "import '../snapshot/b.js';", 'src/snapshot/b.ts': "import './c.js';" },
      { 'src/log/a.ts': "import '../journal/b.js';", 'src/journal/b.test.ts': "import '../log/a.js';" },
    ],
  },
  {
    rule: shippedPackages(new Set(['zod', '@hono/node-server'])),
    bad: [
      ...at('src/api/app.ts', "import fc from 'fast-check';", "const later = import('vitest');"),
      ...at('connectors/file/log.ts', "import { type Deep } from '@scope/tool/deep.js';"),
      {
        'src/main.ts': "import '../eval/run.js';",
        'eval/run.ts': "import './b.js';",
        'eval/b.ts': "import 'minisearch';",
      },
    ],
    good: [
      ...at('src/api/app.ts', "import { serve } from '@hono/node-server/vercel'; import { join } from 'node:path';"),
      ...at('src/api/app.ts', "import type { Schema } from 'json-schema';"),
      ...at('src/log/contract.ts', "import { it } from 'vitest';"),
      ...at('src/log/port.test.ts', "import fc from 'fast-check';"),
      ...at('eval/baselines/keyword.ts', "import MiniSearch from 'minisearch';"),
    ],
  },
];
