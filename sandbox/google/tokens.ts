/** The opaque tokens of lists: where a reader stands, and for which question. */
import type { Json, JsonObject } from '../kit/json.ts';
import { isObject, parseJson } from '../kit/json.ts';
import type { Params } from './contract.ts';
import { breach } from './refusal.ts';

export const seal = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @throws Refusal for a text that no list has handed out */
export function unseal(token: string, kind: 'page' | 'sync'): JsonObject {
  const value = parseJson(Buffer.from(token, 'base64url').toString('utf8'));
  if (!isObject(value) || value.kind !== kind) {
    const name = kind === 'page' ? 'pageToken' : 'syncToken';
    throw breach('invalid', `Invalid ${kind} token value.`, { location: { type: 'parameter', name } });
  }
  return value;
}

export const numberAt = (value: JsonObject, name: string): number => {
  const found = value[name];
  return typeof found === 'number' ? found : 0;
};

/** The values of these parameters as one comparable text. */
export const askedFor = (params: Params, names: readonly string[]): string =>
  JSON.stringify(names.flatMap((name): Json[] => (params.has(name) ? [[name, [...params.all(name)].sort()]] : [])));
