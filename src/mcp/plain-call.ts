/**
 * The short way for what is asked most: the call of one of our tools, as a client of revision 2026-07-28 sends it, with nothing else
 * in it. Making a server for it, and checking requests and results against the whole protocol, takes several times as long as the
 * snapshot inside. Whatever is not exactly like this is the library's; a test holds both against each other.
 */
import { isJsonObject } from '../domain/json.js';
import type { Tool } from './tool.js';
import { toolNamed } from './tools/index.js';

const REVISION = '2026-07-28';
const ENVELOPE = 'io.modelcontextprotocol/';
const PROTOCOL_VERSION = `${ENVELOPE}protocolVersion`;
const CLIENT_INFO = `${ENVELOPE}clientInfo`;
const CLIENT_CAPABILITIES = `${ENVELOPE}clientCapabilities`;

export interface PlainCall {
  readonly id: string | number;
  readonly tool: Tool;
  readonly given: unknown;
}

type Header = (name: string) => string | undefined;

/** Whether a request with such headers may be one, and gets an answer that is at hand as a whole. */
export function announcesCall(header: Header): boolean {
  return (
    header('mcp-method') === 'tools/call' &&
    header('mcp-protocol-version') === REVISION &&
    toolNamed(header('mcp-name') ?? '') !== undefined
  );
}

/** Undefined: it is not plain. */
export function plainCall(header: Header, message: unknown): PlainCall | undefined {
  if (!announcesCall(header) || !isJsonObject(message) || !hasOnly(message, ['jsonrpc', 'id', 'method', 'params']))
    return undefined;
  const { jsonrpc, id, method, params } = message;
  if (jsonrpc !== '2.0' || method !== 'tools/call' || (typeof id !== 'string' && !Number.isInteger(id)))
    return undefined;
  if (!isJsonObject(params) || !hasOnly(params, ['name', 'arguments', '_meta']) || !isPlainEnvelope(params._meta))
    return undefined;
  const { name, arguments: given = {} } = params;
  if (typeof name !== 'string' || name !== header('mcp-name') || !isJsonObject(given)) return undefined;
  const tool = toolNamed(name);
  return tool === undefined ? undefined : { id: id as string | number, tool, given };
}

function isPlainEnvelope(meta: unknown): boolean {
  if (!isJsonObject(meta) || !hasOnly(meta, [PROTOCOL_VERSION, CLIENT_INFO, CLIENT_CAPABILITIES])) return false;
  const { [PROTOCOL_VERSION]: version, [CLIENT_INFO]: client, [CLIENT_CAPABILITIES]: capabilities } = meta;
  return version === REVISION && isPlainClient(client) && isJsonObject(capabilities) && areFlags(capabilities);
}

function isPlainClient(client: unknown): boolean {
  if (!isJsonObject(client) || !hasOnly(client, ['name', 'version'])) return false;
  return typeof client.name === 'string' && typeof client.version === 'string';
}

/** Those with more to them than their name are the library's to judge. */
function areFlags(capabilities: object): boolean {
  return Object.values(capabilities).every((value) => isJsonObject(value) && Object.keys(value).length === 0);
}

function hasOnly(object: object, names: readonly string[]): boolean {
  return Object.keys(object).every((name) => names.includes(name));
}
