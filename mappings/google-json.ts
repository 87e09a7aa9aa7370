/** Reads members of foreign JSON by the type they should have; anything else counts as absent. */

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

const tags = /<\/?(?:a|b|blockquote|br|div|em|h[1-6]|hr|html-blob|i|li|ol|p|pre|s|span|strong|u|ul)(?:\s[^<>]*)?\/?>/gi;
const breaks = /<(?:br|hr)(?:\s[^<>]*)?\/?>|<\/(?:blockquote|div|h[1-6]|li|p|pre)>/gi;
const links = /<a\s(?:[^<>]*\s)?href="([^"<>]*)"[^<>]*>([^<>]*)<\/a>/gi;
const entities: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', '#39': "'" },
};

/**
 * The words of a description: Google's own editor writes HTML, other programs plain text. Text without one of its tags
 * stays as it is, and so does what comes out here.
 */
export function plainText(text: string): string {
  let plain = text;
  while (plain.search(tags) >= 0) {
    plain = plain
      .replace(links, (_, url: string, words: string) => (words === url ? url : `${words} (${url})`))
      .replace(breaks, '\n')
      .replace(/<li(?:\s[^<>]*)?>/gi, '- ')
      .replace(tags, '')
      .replace(/&(amp|lt|gt|quot|apos|nbsp|#39);/gi, (_, name: string) => entities[name.toLowerCase()] ?? '')
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim();
  }
  return plain;
}
