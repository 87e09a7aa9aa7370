/** The words of a description at Google, which may be HTML. */

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
