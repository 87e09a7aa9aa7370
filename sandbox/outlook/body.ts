/** Texts as Exchange keeps them: always a whole HTML document, whatever was written; plain text only for who asks. */
import type { JsonObject } from '../kit/json.ts';
import { textAt } from '../kit/json.ts';
import { escapeHtml } from '../kit/page.ts';

/** @returns the document that is stored; '' for no text */
export function storedHtml(body: JsonObject | undefined): string {
  const content = textAt(body, 'content') ?? '';
  if (content.trim() === '') return '';
  const isHtml = textAt(body, 'contentType')?.toLowerCase() === 'html';
  if (isHtml && /<html[\s>]/i.test(content)) return content;
  const inner = isHtml ? content : `<div class="PlainText">${escapeHtml(content).replace(/\r?\n/g, '<br>\r\n')}</div>`;
  const meta = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">';
  return `<html>\r\n<head>\r\n${meta}\r\n</head>\r\n<body>\r\n${inner}\r\n</body>\r\n</html>\r\n`;
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' };

/** What is left of a document when it is read as text; it ends in a line break, as Exchange's does. */
export function textOf(html: string): string {
  if (html === '') return '';
  const inner = html.replace(/^[\s\S]*<body[^>]*>/i, '').replace(/<\/body>[\s\S]*$/i, '');
  const bare = inner
    .replace(/\r?\n/g, '')
    .replace(/<br\s*\/?>|<\/p>|<\/div>(?=<)/gi, '\r\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(#?\w+);/g, (whole, name: string) => named[name] ?? whole);
  return `${bare.trimEnd()}\r\n`;
}
