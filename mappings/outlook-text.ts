/** The words of an Outlook body: text, or the page that Exchange makes of every text and Outlook of every note. */
import { plainText } from './google-json.ts';
import { cleanText } from './json.ts';

/** What text reads like once and for all; what comes out here stays as it is. */
export const wordsIn = (text: string): string => plainText(cleanText(text)).trim();

/** Parts of a page that nobody sees, each with its end. */
const unseen: readonly (readonly [from: RegExp, to: string])[] = [
  [/<!--/gi, '-->'],
  [/<head[\s>]/gi, '</head>'],
  [/<style[\s>]/gi, '</style>'],
  [/<script[\s>]/gi, '</script>'],
];
const links = /<a\s(?:[^<>]*\s)?href="([^"<>]*)"[^<>]*>([^<>]*)<\/a>/gi;
const breaks = /<br\s*\/?>|<hr(?:\s[^<>]*)?>|<\/(?:blockquote|div|h[1-6]|li|p|pre|table|tr|ul|ol)>/gi;
const named: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
]);

/** A page as text: one line for each paragraph, links with their address, no marks. */
export function pageText(html: string): string {
  const seen = unseen.reduce((page, [from, to]) => withoutParts(page, from, to), html);
  return seen
    .replace(/[\s\u00a0]+/g, ' ')
    .replace(links, (_, url: string, words: string) => (words === url ? url : `${words} (${url})`))
    .replace(/ ?<\/t[dh]>/gi, ' ')
    .replace(/<li(?:\s[^<>]*)?>/gi, '- ')
    .replace(breaks, '\n')
    .replace(/<\/?[a-z!?][^<>]*>/gi, '')
    .split('\n')
    .map((line) => decoded(line.trim()))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
}

/** A part without an end goes on to the end of the page. Looked for by hand: a pattern would take hours for a hostile page. */
function withoutParts(page: string, from: RegExp, to: string): string {
  const small = page.toLowerCase();
  let out = '';
  let at = 0;
  for (const { index } of page.matchAll(from)) {
    if (index < at) continue;
    out += page.slice(at, index);
    const end = small.indexOf(to, index);
    at = end < 0 ? page.length : end + to.length;
  }
  return out + page.slice(at);
}

function decoded(line: string): string {
  return line.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,6}));/gi,
    (whole, tens?: string, hex?: string, name?: string) => {
      if (name !== undefined) return named.get(name.toLowerCase()) ?? whole;
      const code = tens === undefined ? Number.parseInt(hex ?? '', 16) : Number(tens);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    },
  );
}
