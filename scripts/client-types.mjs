/**
 * Writes `src/client/api.generated.ts`, the client's types and its table of operations, from the committed `openapi.json`.
 * A generator of our own: the document uses a small part of JSON Schema, and what does not belong to that part is an error here
 * rather than an `unknown` there. With an argument, it writes to that file instead, which is how the test compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const target = process.argv[2] ?? fileURLToPath(new URL('src/client/api.generated.ts', root));
const document = JSON.parse(readFileSync(new URL('openapi.json', root), 'utf8'));

/** Members of a schema that say nothing about its TypeScript type. */
const silent = [
  'example',
  'default',
  'pattern',
  'format',
  'description',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
];
const known = new Set([
  ...[
    ...silent,
    'exclusiveMinimum',
    'exclusiveMaximum',
    'minItems',
    'maxItems',
    'uniqueItems',
    'propertyNames',
    'title',
  ],
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'prefixItems', 'enum', 'const'],
  ...['anyOf', 'oneOf', 'allOf', '$ref'],
]);

function typeOf(schema, indent) {
  const strange = Object.keys(schema).find((name) => !known.has(name));
  if (strange !== undefined) throw new Error(`schemas with "${strange}" are not understood: ${JSON.stringify(schema)}`);
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '');
  if ('const' in schema) return literal(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map(literal));
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return union(either.map((one) => typeOf(one, indent)));
  if (schema.allOf !== undefined) return schema.allOf.map((one) => bracketed(typeOf(one, indent))).join(' & ');
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return union(types.map((type) => typeNamed(type, schema, indent)));
}

function typeNamed(type, schema, indent) {
  switch (type) {
    case 'object':
      return objectType(schema, indent);
    case 'array':
      if (schema.prefixItems !== undefined) {
        return `readonly [${schema.prefixItems.map((one) => typeOf(one, indent)).join(', ')}]`;
      }
      return `readonly ${bracketed(typeOf(schema.items ?? {}, indent))}[]`;
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case undefined:
      return 'unknown';
    default:
      throw new Error(`the type "${type}" is not understood`);
  }
}

function objectType({ properties = {}, required = [], additionalProperties }, indent) {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).flatMap(([name, schema]) => {
    const optional = !required.includes(name);
    const type = typeOf(schema, inner);
    const member = `readonly ${keyOf(name)}${optional ? '?' : ''}: ${type}${optional ? ' | undefined' : ''};`;
    return [...comment(schema.description, inner), `${inner}${member}`];
  });
  const others = additionalProperties;
  if (others !== undefined && others !== false) {
    // Beside named members the others may be anything: TypeScript wants their type to hold for the named ones as well.
    const type = lines.length > 0 || others === true ? 'unknown' : typeOf(others, inner);
    lines.push(`${inner}readonly [member: string]: ${type};`);
  }
  return lines.length === 0 ? 'Readonly<Record<string, never>>' : `{\n${lines.join('\n')}\n${indent}}`;
}

function comment(text, indent) {
  return text === undefined ? [] : [`${indent}/** ${text.replaceAll('*/', '*\\/')} */`];
}

function union(types) {
  return [...new Set(types)].join(' | ');
}

function bracketed(type) {
  return /[|&]| /.test(type) && !type.startsWith('{') ? `(${type})` : type;
}

function literal(value) {
  return typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : String(value);
}

function keyOf(name) {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name);
}

function operationsOf() {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
}

/** What an operation is given and gives: path and query parameters, body, and the reply of status 200. */
function operationType({ parameters = [], requestBody, responses }) {
  const parts = ['path', 'query'].map((place) => {
    const own = parameters.filter((one) => one.in === place);
    const properties = Object.fromEntries(own.map(({ name, schema }) => [name, schema]));
    const required = own.filter((one) => one.required).map(({ name }) => name);
    return `    readonly ${place}: ${objectType({ properties, required }, '    ')};`;
  });
  const body = requestBody === undefined ? 'undefined' : typeOf(jsonOf(requestBody.content), '    ');
  const absent = requestBody === undefined || requestBody.required ? '' : ' | undefined';
  const reply = typeOf(jsonOf(responses[200].content), '    ');
  return [...parts, `    readonly body: ${body}${absent};`, `    readonly reply: ${reply};`];
}

function jsonOf(content) {
  return (content['application/json'] ?? Object.values(content)[0]).schema;
}

/** Each response lists its codes as "`code`: what it means". */
function codes(operations) {
  const found = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap(({ content, description }) =>
      content?.['application/problem+json'] === undefined
        ? []
        : [...description.matchAll(/`([a-z_]+)`: /g)].map(([, code]) => code),
    ),
  );
  return [...new Set(found)].sort();
}

const operations = operationsOf();
const schemas = Object.entries(document.components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
const text = [
  '// Written by scripts/client-types.mjs from openapi.json (npm run openapi). Not for editing.',
  '',
  ...schemas.flatMap(([name, schema]) => [
    ...comment(schema.description, ''),
    `export type ${name} = ${typeOf(schema, '')};`,
    '',
  ]),
  '/** Codes of problems that the document names; the service may learn others. */',
  `export type KnownCode =${codes(operations)
    .map((code) => `\n  | '${code}'`)
    .join('')};`,
  '',
  '/** What each operation is given and gives. */',
  'export interface Operations {',
  ...operations.flatMap((one) => [
    ...comment(one.summary, '  '),
    `  readonly ${one.operationId}: {`,
    ...operationType(one),
    '  };',
  ]),
  '}',
  '',
  '/** Where each operation is found. */',
  'export const operations = {',
  ...operations.map(({ operationId, method, path }) => `  ${operationId}: { method: '${method}', path: '${path}' },`),
  '} as const satisfies Readonly<Record<keyof Operations, { readonly method: string; readonly path: string }>>;',
  '',
].join('\n');
writeFileSync(target, text);
