/**
 * JSON Schemas of an OpenAPI 3.0 document as Ajv understands them. 3.0 has its own way of saying null: `nullable: true` beside a type adds
 * null to it, and alone, as an alternative, means null (OpenAPI 3.0.3, Schema Object, and proposal 003 that clarifies it).
 */

/** A schema, or a part of one: whatever JSON object. */
export type Schema = { readonly [name: string]: unknown };

export interface SchemaReading {
  /**
   * Fields that the document does not name are faults. For requests: a server that ignores them makes a misspelled option look obeyed.
   * Not for replies, to which a later server adds.
   */
  readonly closed: boolean;
}

const listsOfSchemas = ['anyOf', 'oneOf', 'allOf'];
/** They check nothing, or belong to OpenAPI alone. */
const dropped = new Set(['nullable', 'example', 'deprecated', 'description', 'default', 'title']);

export function toJsonSchema(schema: Schema, reading: SchemaReading): Schema {
  // Whatever stands beside a reference is ignored in 3.0.
  if (typeof schema.$ref === 'string') return { $ref: schema.$ref };
  const isNullAlone = schema.nullable === true && Object.keys(schema).every((name) => dropped.has(name));
  if (isNullAlone) return { type: 'null' };
  const converted: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (!dropped.has(name)) converted[name] = convertKeyword(name, value, reading);
  }
  const closes = reading.closed && 'properties' in schema && !('additionalProperties' in schema);
  if (closes) converted.additionalProperties = false;
  return schema.nullable === true ? orNull(converted) : converted;
}

function convertKeyword(name: string, value: unknown, reading: SchemaReading): unknown {
  const convert = (one: unknown) => (isSchema(one) ? toJsonSchema(one, reading) : one);
  if (listsOfSchemas.includes(name) && Array.isArray(value)) return value.map(convert);
  // Names in here are those of fields, even where they read like keywords.
  if (name === 'properties' && isSchema(value)) {
    return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, convert(one)]));
  }
  return name === 'items' || name === 'additionalProperties' || name === 'not' ? convert(value) : value;
}

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
