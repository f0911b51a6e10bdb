/** The protocol's own programs, of its public makers, and the Node they need: fetched once with npm, never dependencies of ours. */
import { join } from 'node:path';
import { cached } from '../services/cache.js';
import { type Steps, secondsSince } from '../services/steps.js';
import { needTools, runTool, type Tool, Unavailable } from '../services/tools.js';

/** They are written for Node 22 and later. */
const NODE_MAJOR = 24;
const packages = [
  '@modelcontextprotocol/conformance@0.2.0-alpha.12',
  '@modelcontextprotocol/inspector@2.12.0',
] as const;

const npm: Tool = { title: 'npm', program: 'npm', args: ['--version'] };

export interface McpPeers {
  /** With the first SDK as well, on which the others rest. */
  readonly modules: string;
  readonly node: string;
  /** Scripts for that Node. */
  readonly conformance: string;
  readonly inspector: string;
}

/** Rejects with `Unavailable` when there is no npm, or no such Node for this platform. */
export async function mcpPeers(steps: Steps): Promise<McpPeers> {
  const runtime = `node-${process.platform}-${process.arch}`;
  const folder = await cached(`mcp-peers-${NODE_MAJOR}`, async (draft) => {
    await needTools([npm]);
    const startedMs = performance.now();
    steps.say(`mcp: fetching Node ${NODE_MAJOR}, the conformance suite and the inspector with npm`);
    const flags = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    const wanted = [`${runtime}@${NODE_MAJOR}`, ...packages];
    const options = { onLine: (line: string) => steps.move(`mcp: ${line}`) };
    const { code, lastLines } = await runTool('npm', ['install', '--prefix', draft, ...flags, ...wanted], options);
    if (code !== 0) throw new Unavailable(`npm could not install them: ${lastLines.at(-1)?.slice(0, 300)}`);
    steps.say(`mcp: installed (${secondsSince(startedMs)})`);
  });
  const modules = join(folder, 'node_modules');
  return {
    modules,
    node: join(modules, runtime, 'bin', 'node'),
    conformance: join(modules, '@modelcontextprotocol/conformance/dist/index.js'),
    inspector: join(modules, '@modelcontextprotocol/inspector/clients/launcher/build/index.js'),
  };
}

/** Or why there are none, as it stands in the title of what is skipped. */
export async function mcpPeersOr(steps: Steps): Promise<McpPeers | string> {
  return mcpPeers(steps).catch((error: unknown) => {
    if (error instanceof Unavailable) return error.message.replace(/[()]/g, '');
    throw error;
  });
}
