/** OData's `$select`, `$expand` and `$filter`, as far as Outlook's events take them. */
import type { Json, JsonObject } from '../kit/json.ts';
import { isObject, listAt } from '../kit/json.ts';
import type { Query } from './contract.ts';
import type { Item } from './model.ts';
import { breach } from './refusal.ts';

const names = (text: string): string[] => splitTop(text, ',').map((part) => part.trim());

/** Always there, whatever was selected: the etag and the id. */
export function selected(value: JsonObject, query: Query): JsonObject {
  const wished = query.text('$select');
  if (wished === undefined) return value;
  // What is expanded comes beside what is selected.
  const expanded = ['singleValueExtendedProperties', 'exceptionOccurrences'];
  const keep = new Set(['id', ...names(wished), ...expanded].map((name) => name.toLowerCase()));
  const kept = Object.entries(value).filter(([name]) => name.startsWith('@') || keep.has(name.toLowerCase()));
  return Object.fromEntries(kept);
}

export interface Expansion {
  /** Ids of extended properties to show; null: none were asked for. */
  readonly properties: readonly string[] | null;
  readonly exceptions: boolean;
}

/** @throws Refusal for an expansion that does not exist */
export function expansionOf(query: Query): Expansion {
  let properties: string[] | null = null;
  let exceptions = false;
  for (const part of splitTop(query.text('$expand') ?? '', ',').filter((text) => text.trim() !== '')) {
    const [, name, inner] = /^\s*(\w+)\s*(?:\((.*)\))?\s*$/s.exec(part) ?? [];
    if (name === 'singleValueExtendedProperties') {
      const ids = [...(inner ?? '').matchAll(/id\s+eq\s+'((?:[^']|'')*)'/gi)].map((m) => m[1]!.replaceAll("''", "'"));
      if (ids.length === 0)
        throw breach('ErrorInvalidRequest', 'Extended properties are expanded with a filter by id.');
      properties = ids;
    } else if (name === 'exceptionOccurrences') exceptions = true;
    else throw breach('BadRequest', `Parsing OData Select and Expand failed: '${part}'.`);
  }
  return { properties, exceptions };
}

export function propertiesJson(item: Item, ids: readonly string[] | null): JsonObject {
  // The guid is found in any case, the name only in its own.
  const fold = (id: string): string => id.replace(/\{[^}]*\}/, (guid) => guid.toLowerCase());
  if (ids === null) return {};
  const rows = Object.entries(item.properties)
    .filter(([id]) => ids.some((wished) => fold(wished) === fold(id)))
    .map(([id, value]) => ({ id, value }));
  return rows.length === 0 ? {} : { singleValueExtendedProperties: rows };
}

type Test = (shown: JsonObject, item: Item) => boolean;

/** @param properties whether extended properties can be asked for here. @throws Refusal for what cannot be filtered by */
export function filterOf(query: Query, properties: boolean): Test {
  const text = query.text('$filter');
  if (text === undefined) return () => true;
  const tests = conjuncts(text).map((part) => testOf(part, properties));
  return (shown, item) => tests.every((test) => test(shown, item));
}

const quoted = "'((?:[^']|'')*)'";
const fields = 'type|iCalUId|subject|seriesMasterId|showAs|sensitivity|isAllDay|isCancelled|importance';
const property = new RegExp(
  `^singleValueExtendedProperties/any\\(\\s*(\\w+)\\s*:\\s*\\1/id\\s+eq\\s+${quoted}\\s+and\\s+\\1/value\\s+eq\\s+${quoted}\\s*\\)$`,
  'i',
);
const category = new RegExp(`^categories/any\\(\\s*(\\w+)\\s*:\\s*\\1\\s+eq\\s+${quoted}\\s*\\)$`, 'i');
const plain = new RegExp(`^(${fields})\\s+(eq|ne)\\s+(?:${quoted}|(true|false|null))$`);
const time = /^(start\/dateTime|end\/dateTime|lastModifiedDateTime|createdDateTime)\s+(ge|gt|le|lt)\s+'?([^'\s]+)'?$/;

function testOf(part: string, properties: boolean): Test {
  const unquoted = (value: string | undefined): string => (value ?? '').replaceAll("''", "'");
  const byProperty = property.exec(part);
  if (byProperty !== null) {
    if (!properties) throw breach('ErrorInvalidUrlQueryFilter', 'Extended properties can be filtered on events only.');
    const [id, value] = [unquoted(byProperty[2]), unquoted(byProperty[3])];
    return (_, item) => item.properties[id] === value;
  }
  const byCategory = category.exec(part);
  if (byCategory !== null) return (shown) => listAt(shown, 'categories').includes(unquoted(byCategory[2]));
  const byField = plain.exec(part);
  if (byField !== null) {
    const [, name, operator, word, bare] = byField;
    const wanted: Json = word !== undefined ? unquoted(word) : bare === 'null' ? null : bare === 'true';
    return (shown) => ((shown[name!] ?? null) === wanted) === (operator === 'eq');
  }
  const byTime = time.exec(part);
  if (byTime !== null) {
    const [, name, operator, value] = byTime;
    const bound = Date.parse(/Z$|[+-]\d\d:\d\d$/.test(value!) ? value! : `${value}Z`);
    return (shown) => compared(timeAt(shown, name!), bound, operator!);
  }
  throw breach('ErrorInvalidUrlQueryFilter', `The query filter contains one or more invalid nodes: ${part}`);
}

function timeAt(shown: JsonObject, name: string): number {
  const [head, inner] = name.split('/');
  const value = shown[head!];
  const text = inner === undefined ? value : isObject(value) ? value[inner] : undefined;
  return Date.parse(/Z$/.test(String(text)) ? String(text) : `${String(text)}Z`);
}

function compared(a: number, b: number, operator: string): boolean {
  if (operator === 'ge') return a >= b;
  if (operator === 'gt') return a > b;
  return operator === 'le' ? a <= b : a < b;
}

const conjuncts = (text: string): string[] => splitTop(text, ' and ').map((part) => part.trim());

/** Splits where no bracket is open and no quote. */
function splitTop(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === "'") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (depth > 0 || !text.startsWith(separator, at)) continue;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  parts.push(text.slice(from));
  return parts;
}
