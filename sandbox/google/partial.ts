/** The `fields` parameter: partial answers, e.g. `nextSyncToken,items(id,start/dateTime)`. */
import type { Json, JsonObject } from '../kit/json.ts';
import { isObject } from '../kit/json.ts';
import { breach } from './refusal.ts';
import type { Schema } from './schema.ts';

/** What to keep: null keeps everything below. */
interface Selection {
  readonly [name: string]: Selection | null;
}

/** @throws Refusal for a selection that cannot be read or names what the answer does not have */
export function selected(
  answer: JsonObject,
  fields: string,
  schemas: Readonly<Record<string, Schema>>,
  of: string | null,
): JsonObject {
  const selection = parse(fields);
  if (of !== null) check(selection, { $ref: of }, schemas);
  const kept = keep(answer, selection);
  return isObject(kept) ? kept : {};
}

function parse(text: string): Selection {
  const tokens = text.match(/[^,()/\s]+|[,()/]/g) ?? [];
  let at = 0;
  const list = (): Selection => {
    const found: Record<string, Selection | null> = {};
    for (;;) {
      Object.assign(found, path());
      if (tokens[at] !== ',') return found;
      at += 1;
    }
  };
  const path = (): Selection => {
    const name = tokens[at];
    at += 1;
    if (name === undefined || /^[,()/]$/.test(name)) throw wrong(text);
    if (tokens[at] === '/') {
      at += 1;
      return { [name]: path() };
    }
    if (tokens[at] !== '(') return { [name]: null };
    at += 1;
    const inner = list();
    if (tokens[at] !== ')') throw wrong(text);
    at += 1;
    return { [name]: inner };
  };
  const whole = list();
  if (at !== tokens.length) throw wrong(text);
  return whole;
}

const wrong = (text: string) =>
  breach('invalidParameter', `Invalid field selection ${text}`, { location: { type: 'parameter', name: 'fields' } });

function check(selection: Selection, schema: Schema, schemas: Readonly<Record<string, Schema>>): void {
  const real = schema.$ref === undefined ? schema : schemas[schema.$ref]!;
  const own = real.type === 'array' ? (real.items ?? {}) : real;
  const target = own.$ref === undefined ? own : schemas[own.$ref]!;
  for (const [name, inner] of Object.entries(selection)) {
    if (name === '*') continue;
    const member = target.properties?.[name] ?? target.additionalProperties;
    if (member === undefined) throw wrong(name);
    if (inner !== null) check(inner, member, schemas);
  }
}

function keep(value: Json, selection: Selection): Json {
  if (Array.isArray(value)) return value.map((item: Json) => keep(item, selection));
  if (!isObject(value)) return value;
  const kept: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    const inner = Object.hasOwn(selection, name) ? selection[name] : selection['*'];
    if (member === undefined || inner === undefined) continue;
    kept[name] = inner === null ? member : keep(member, inner);
  }
  return kept;
}
