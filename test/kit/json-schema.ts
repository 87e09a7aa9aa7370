/** Judges a value by a published JSON Schema, as a program would that has only the document: the words that we use of 2020-12. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly examples?: readonly unknown[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}
export type Shapes = Readonly<Record<string, Schema>>;

/** What is wrong with the value, each fault with its place; empty when it fits. */
export function faultsOf(value: unknown, schema: Schema, shapes: Shapes, where = 'it'): string[] {
  if (schema.$ref !== undefined) {
    const target = shapes[schema.$ref.split('/').at(-1)!];
    return target === undefined ? [`${where}: ${schema.$ref} leads nowhere`] : faultsOf(value, target, shapes, where);
  }
  const inside = (s: Schema) => faultsOf(value, s, shapes, where);
  const either = schema.anyOf ?? schema.oneOf;
  const branches = either?.map(inside) ?? [[]];
  const closest = branches.reduce((best, faults) => (faults.length < best.length ? faults : best));
  return [
    ...closest,
    ...(schema.allOf?.flatMap(inside) ?? []),
    ...plainFaults(value, schema).map((fault) => `${where}: ${fault}`),
    ...(Array.isArray(value) ? listFaults(value, schema, shapes, where) : []),
    ...(isObject(value) ? objectFaults(value, schema, shapes, where) : []),
    ...(typeof value === 'string' ? textFaults(value, schema).map((fault) => `${where}: ${fault}`) : []),
  ];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function plainFaults(value: unknown, { type, const: only, enum: words, minimum, maximum }: Schema): string[] {
  const types = type === undefined ? null : [type].flat();
  const is = typeOf(value);
  const fits = types === null || types.includes(is) || (is === 'integer' && types.includes('number'));
  return [
    ...(fits ? [] : [`is ${is}, not ${types}`]),
    ...(only === undefined || value === only ? [] : [`is not ${JSON.stringify(only)}`]),
    ...(words === undefined || words.includes(value) ? [] : [`${JSON.stringify(value)} is none of ${words}`]),
    ...(typeof value === 'number' && value < (minimum ?? value) ? ['is too small'] : []),
    ...(typeof value === 'number' && value > (maximum ?? value) ? ['is too large'] : []),
  ];
}

const idForm = /^[a-z]{3}_[0-9a-z]{20}$/;
/** An id is known by the example that its shape carries: it has the prefix and the length of that one. */
function textFaults(text: string, { examples, minLength, maxLength, pattern, format }: Schema): string[] {
  const [model] = examples ?? [];
  const isId = typeof model === 'string' && idForm.test(model);
  return [
    ...(text.length < (minLength ?? 0) || text.length > (maxLength ?? text.length) ? ['has a wrong length'] : []),
    ...(pattern === undefined || new RegExp(pattern, 'u').test(text) ? [] : [`${text} does not match ${pattern}`]),
    ...(format !== 'date-time' || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text) ? [] : [`${text} is no time`]),
    ...(format !== 'uri' || URL.canParse(text) ? [] : [`${text} is no address`]),
    ...(isId && !(idForm.test(text) && text.startsWith(model.slice(0, 4)))
      ? [`${text} is no ${model.slice(0, 4)}`]
      : []),
  ];
}

function listFaults(list: readonly unknown[], schema: Schema, shapes: Shapes, where: string): string[] {
  const { items, minItems = 0, maxItems = list.length } = schema;
  return [
    ...(list.length < minItems || list.length > maxItems ? [`${where}: has ${list.length} items`] : []),
    ...(items === undefined ? [] : list.flatMap((item, i) => faultsOf(item, items, shapes, `${where}[${i}]`))),
  ];
}

function objectFaults(value: Readonly<Record<string, unknown>>, schema: Schema, shapes: Shapes, where: string) {
  const { properties = {}, required = [], additionalProperties: rest = true, propertyNames } = schema;
  return [
    ...required.filter((name) => !(name in value)).map((name) => `${where}: ${name} is missing`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const place = `${where}.${name}`;
      const known = properties[name];
      if (known !== undefined) return faultsOf(inner, known, shapes, place);
      if (rest === false) return [`${place}: is not known`];
      const key = propertyNames === undefined ? [] : faultsOf(name, propertyNames, shapes, place);
      return rest === true ? key : [...key, ...faultsOf(inner, rest, shapes, place)];
    }),
  ];
}
