/** The second door to a running service: clients of MCP, which keep every byte they are answered with. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { JsonObject } from '../../src/domain/canonical.js';
import { limits } from '../../src/limits.js';
import { type Called, called, type Mode } from '../../src/mcp/mcp.test-support.js';
import { type Flow, keyOf } from '../flow/service.test-support.js';

const address = 'http://127.0.0.1:7420/mcp';

/** What came of reading a resource or getting a prompt: its text, or the error. */
export interface Shown {
  readonly text: string;
  readonly code: number | null;
}

export interface Offered {
  readonly tools: readonly string[];
  readonly templates: readonly string[];
  readonly prompts: readonly { readonly name: string; readonly inputs: readonly string[] }[];
}

export class McpCaller {
  /** Status, headers and body of every answer. */
  readonly heard: string[] = [];
  readonly #flow: Flow;
  readonly #client: Client;

  private constructor(flow: Flow, client: Client) {
    this.#flow = flow;
    this.#client = client;
  }

  static async open(flow: Flow, name: string, mode: Mode): Promise<McpCaller> {
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    const caller = new McpCaller(flow, client);
    const authorized: typeof fetch = async (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${keyOf(name)}`);
      const response = await flow.app.fetch(new Request(input, { ...init, headers }));
      const text = await response.clone().text();
      caller.heard.push(`${response.status} ${JSON.stringify([...response.headers])} ${text}`);
      return response;
    };
    await client.connect(new StreamableHTTPClientTransport(new URL(address), { fetch: authorized }));
    return caller;
  }

  call(name: string, args: JsonObject): Promise<Called> {
    this.#passTime();
    return called(this.#client, name, args);
  }

  async read(uri: string): Promise<Shown> {
    this.#passTime();
    return shown(async () => {
      const { contents } = await this.#client.readResource({ uri });
      return contents.map((content) => ('text' in content ? content.text : '')).join('');
    });
  }

  async prompt(name: string, args: Record<string, string>): Promise<Shown> {
    return shown(async () => {
      const { messages } = await this.#client.getPrompt({ name, arguments: args });
      return JSON.stringify(messages.map(({ content }) => (content.type === 'text' ? content.text : '')));
    });
  }

  /** Names of all there is, and what a prompt has to be told beside account and question. */
  async offered(): Promise<Offered> {
    const { tools } = await this.#client.listTools();
    const { resourceTemplates } = await this.#client.listResourceTemplates();
    const { prompts } = await this.#client.listPrompts();
    return {
      tools: tools.map(({ name }) => name),
      templates: resourceTemplates.map(({ name }) => name),
      prompts: prompts.map(({ name, arguments: given = [] }) => {
        const required = given.filter((one) => one.required).map((one) => one.name);
        return { name, inputs: required.filter((one) => one !== 'account' && one !== 'question') };
      }),
    };
  }

  /** The ends of the log are asked for at most this often. */
  #passTime(): void {
    this.#flow.options.clock.advance(limits.ledgerEndAskMs);
  }
}

async function shown(ask: () => Promise<string>): Promise<Shown> {
  try {
    return { text: await ask(), code: null };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { text: error.message, code: 'code' in error ? Number(error.code) : null };
  }
}
