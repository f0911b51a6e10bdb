/** Whether exchanges over HTTP are as an OpenAPI 3.0 document has them. */
import { Ajv, type ValidateFunction } from 'ajv';
import { isSchema, type Schema, type SchemaReading, toJsonSchema } from './openapi-schema.js';

export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Empty for none. */
  readonly request: string;
  readonly status: number;
  readonly replyType: string;
  readonly reply: string;
}

export interface Violation {
  /** `request PUT /collections/{collection_name}/points`, or `reply 200 of …`. */
  readonly where: string;
  readonly what: string;
  /** The beginning of the body, or the address. */
  readonly got: string;
}

interface Operation {
  readonly name: string;
  readonly description: Schema;
}

type Side = 'request' | 'reply';

const GOT_LENGTH_MAX = 300;
const ERRORS_MAX = 6;

export class OpenApiCheck {
  readonly #document: Schema;
  readonly #ajv: Record<Side, Ajv>;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: Schema) {
    this.#document = document;
    this.#ajv = { request: ajvOf(document, { closed: true }), reply: ajvOf(document, { closed: false }) };
  }

  violations(exchange: Exchange): readonly Violation[] {
    const { method, path, request, status, reply } = exchange;
    const { pathname, searchParams } = new URL(path, 'http://any');
    const operation = this.#operation(method, pathname);
    if (operation === undefined) {
      return [{ where: `request ${method} ${pathname}`, what: 'the document has no such operation', got: path }];
    }
    const found: Violation[] = [];
    const tell = (where: string, got: string, what: string | undefined) => {
      if (what !== undefined) found.push({ where, what, got: got.slice(0, GOT_LENGTH_MAX) });
    };
    const asked = `request ${operation.name}`;
    tell(asked, path, this.#wrongParameters(operation, searchParams));
    // A server answers what it cannot read with an error; the request is then its cause, and is told as well.
    tell(asked, request, this.#wrongRequest(operation, request));
    tell(`reply ${status} of ${operation.name}`, reply, this.#wrongReply(operation, exchange));
    return found;
  }

  #operation(method: string, pathname: string): Operation | undefined {
    const paths = child(this.#document, 'paths');
    const matching = Object.keys(paths).filter((template) => matches(template, pathname));
    // Of `/collections/aliases` and `/collections/{collection_name}`, the one without a parameter is meant.
    const [template] = matching.sort((a, b) => a.split('{').length - b.split('{').length);
    const description = template === undefined ? undefined : child(paths, template)[method.toLowerCase()];
    return isSchema(description) ? { name: `${method} ${template}`, description } : undefined;
  }

  #wrongParameters({ name, description }: Operation, given: URLSearchParams): string | undefined {
    const listed = Array.isArray(description.parameters) ? description.parameters.filter(isSchema) : [];
    const known = new Map(listed.filter((one) => one.in === 'query').map((one) => [one.name, one]));
    for (const [parameter, text] of given) {
      const schema = known.get(parameter)?.schema;
      if (!isSchema(schema)) return `no parameter ${parameter}`;
      const validate = this.#validator('request', `${name} ?${parameter}`, schema);
      if (!readings(text).some((value) => validate(value))) return `${parameter}=${text}: ${errorsOf(validate)}`;
    }
    const missing = [...known].find(([parameter, one]) => one.required === true && !given.has(String(parameter)));
    return missing && `no ${missing[0]}`;
  }

  #wrongRequest({ name, description }: Operation, body: string): string | undefined {
    const schema = jsonOf(child(description, 'requestBody'));
    if (schema === undefined) return body === '' ? undefined : 'a body where the document has none';
    return wrongJson(body, this.#validator('request', `${name} body`, schema));
  }

  #wrongReply({ name, description }: Operation, { status, replyType, reply }: Exchange): string | undefined {
    const replies = child(description, 'responses');
    const kinds = [String(status), `${String(status)[0]}XX`, 'default'];
    const kind = kinds.find((one) => one in replies);
    if (kind === undefined) return `the document has no reply ${status}`;
    const type = replyType.split(';')[0] ?? '';
    const content = child(child(replies, kind), 'content');
    if (!(type in content)) return `content type ${type}`;
    if (type !== 'application/json') return undefined;
    const schema = jsonOf(child(replies, kind)) ?? {};
    return wrongJson(reply, this.#validator('reply', `${name} ${kind}`, complete(schema)));
  }

  #validator(side: Side, name: string, schema: Schema): ValidateFunction {
    const key = `${side} ${name}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const made = this.#ajv[side].compile(toDocumentSchema(schema, { closed: side === 'request' }));
    this.#compiled.set(key, made);
    return made;
  }
}

const integers: Record<string, number> = { uint8: 2 ** 8, uint32: 2 ** 32, uint64: 2 ** 64, uint: 2 ** 64 };

function ajvOf(document: Schema, reading: SchemaReading): Ajv {
  const ajv = new Ajv({ strict: true, allErrors: false, validateSchema: false });
  for (const [name, above] of Object.entries(integers)) {
    ajv.addFormat(name, { type: 'number', validate: (value: number) => value >= 0 && value < above });
  }
  ajv.addFormat('int64', { type: 'number', validate: (value: number) => Math.abs(value) <= 2 ** 63 });
  ajv.addFormat('float', { type: 'number', validate: (value: number) => Math.abs(value) <= 3.5e38 });
  ajv.addFormat('double', { type: 'number', validate: Number.isFinite });
  ajv.addFormat('uuid', /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i);
  ajv.addFormat('uri', (text) => URL.canParse(text));
  // They stand in bodies that nothing of ours sends: told as wrong, they would have to be written here first.
  for (const name of ['date-time', 'partial-date-time', 'binary']) ajv.addFormat(name, () => false);
  // A schema of the document's shape: Ajv finds its parts by their references.
  ajv.addKeyword('components');
  const named = child(child(document, 'components'), 'schemas');
  const schemas = Object.entries(named).map(([name, one]) => [name, isSchema(one) ? toJsonSchema(one, reading) : one]);
  ajv.addSchema({ components: { schemas: Object.fromEntries(schemas) } }, documentId);
  return ajv;
}

const documentId = 'openapi:document';

/** As one of the document's own: its references lead into the document. */
function toDocumentSchema(schema: Schema, reading: SchemaReading): Schema {
  const resolved: unknown = JSON.parse(JSON.stringify(toJsonSchema(schema, reading)), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#') ? documentId + value : value,
  );
  return isSchema(resolved) ? resolved : {};
}

/** The document says of no reply which of its fields have to be there; a reply has what it was asked for, that it went well, and its time. */
function complete(schema: Schema): Schema {
  return isSchema(schema.properties) && 'result' in schema.properties
    ? { ...schema, required: ['result', 'status', 'time'] }
    : schema;
}

function wrongJson(text: string, validate: ValidateFunction): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is no JSON';
  }
  return validate(value) ? undefined : errorsOf(validate);
}

/** Of many alternatives that failed, those that came furthest are told. */
function errorsOf({ errors }: ValidateFunction): string {
  const furthest = [...(errors ?? [])].sort((a, b) => b.instancePath.length - a.instancePath.length);
  return furthest
    .slice(0, ERRORS_MAX)
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}

function matches(template: string, pathname: string): boolean {
  const parts = template.split('/');
  const given = pathname.split('/');
  return (
    parts.length === given.length &&
    parts.every((part, at) => part === given[at] || (part.startsWith('{') && given[at] !== ''))
  );
}

/** What the text of a parameter may stand for. */
function readings(text: string): readonly unknown[] {
  return text === 'true' || text === 'false' ? [text === 'true'] : /^-?\d+$/.test(text) ? [Number(text), text] : [text];
}

function jsonOf(body: Schema): Schema | undefined {
  const schema = child(child(body, 'content'), 'application/json').schema;
  return isSchema(schema) ? schema : undefined;
}

function child(schema: Schema, name: string): Schema {
  const found = schema[name];
  return isSchema(found) ? found : {};
}
