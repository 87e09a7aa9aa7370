/** Reads members of foreign JSON by the type they should have; anything else counts as absent. And which text a calendar can carry. */

export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function textIn(json: Json, key: string): string | null {
  const value = Object.hasOwn(json, key) ? json[key] : null;
  return typeof value === 'string' && value !== '' ? value : null;
}

export function jsonIn(json: Json, key: string): Json | null {
  const value = Object.hasOwn(json, key) ? json[key] : null;
  return isJson(value) ? value : null;
}

export function listIn(json: Json, key: string): readonly unknown[] {
  const value = Object.hasOwn(json, key) ? json[key] : null;
  return Array.isArray(value) ? value : [];
}

/** What no calendar text can carry: control characters, noncharacters and halves of surrogate pairs. */
const impossible = /(?![\t\n])[\p{Cc}\ufffe\uffff]/gu;
const suspicious = /[\p{Cc}\p{Cs}\ufffe\uffff]/u;
export function cleanText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(/\r\n?/g, '\n')
    .replace(impossible, '')
    .replace(/\p{Cs}/gu, '\ufffd');
}
