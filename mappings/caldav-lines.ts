/**
 * An iCalendar text as a tree of content lines that keep their exact spelling, so that whatever is not understood or not
 * edited is written back byte for byte (RFC 5545 section 3.1). Never fails: what is no content line is kept as it stands.
 */

/** One content line. */
export interface Line {
  /** Exactly as it was received, folds and line end included. */
  readonly raw: string;
  /** Upper case; empty for what is no content line. */
  readonly name: string;
  /** Unfolded, without its line end. */
  readonly text: string;
}

export interface Component {
  readonly name: string;
  readonly begin: string;
  readonly end: string;
  readonly items: readonly Item[];
}
export type Item = Line | Component;

export const isComponent = (item: Item): item is Component => 'items' in item;

/** Deeper than any real calendar; further levels are kept as lines. */
const deepest = 12;

interface Open {
  readonly name: string;
  readonly begin: string;
  readonly items: Item[];
}

/** The whole text as one component without a name. `writeTree` gives the same text back. */
export function readTree(text: string): Component {
  const root: Open = { name: '', begin: '', items: [] };
  const open: Open[] = [root];
  for (const line of linesOf(text)) {
    const top = open[open.length - 1]!;
    if (line.name === 'BEGIN' && open.length <= deepest) {
      open.push({ name: contentOf(line).trim().toUpperCase(), begin: line.raw, items: [] });
    } else if (line.name === 'END' && open.length > 1) {
      close(open, contentOf(line).trim().toUpperCase(), line);
    } else top.items.push(line);
  }
  while (open.length > 1) closeTop(open, '');
  return { name: '', begin: '', items: root.items, end: '' };
}

/** Closes the named component and those left open inside it; an END without a BEGIN stays a line. */
function close(open: Open[], name: string, line: Line): void {
  const depth = open.findLastIndex((component) => component.name === name);
  if (depth < 1) {
    open[open.length - 1]!.items.push(line);
    return;
  }
  while (open.length > depth + 1) closeTop(open, '');
  closeTop(open, line.raw);
}

function closeTop(open: Open[], end: string): void {
  const { name, begin, items } = open.pop()!;
  open[open.length - 1]!.items.push({ name, begin, items, end });
}

export function writeTree(component: Component): string {
  let out = component.begin;
  for (const item of component.items) out += isComponent(item) ? writeTree(item) : item.raw;
  return out + component.end;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let at = 0;
  while (at < text.length) {
    let end = endOfLine(text, at);
    let content = withoutEnd(text, at, end);
    if (isFold(text, end)) {
      const pieces = [content];
      while (isFold(text, end)) {
        const next = endOfLine(text, end);
        pieces.push(withoutEnd(text, end + 1, next));
        end = next;
      }
      content = pieces.join('');
    }
    lines.push({ raw: text.slice(at, end), name: nameOf(content), text: content });
    at = end;
  }
  return lines;
}

const endOfLine = (text: string, from: number): number => text.indexOf('\n', from) + 1 || text.length;
const isFold = (text: string, at: number): boolean => text[at] === ' ' || text[at] === '\t';

function withoutEnd(text: string, from: number, to: number): string {
  let end = to;
  if (end > from && text[end - 1] === '\n') end -= 1;
  while (end > from && text[end - 1] === '\r') end -= 1;
  return text.slice(from, end);
}

function nameOf(text: string): string {
  // A byte order mark before the first line is no part of its name.
  const from = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x3a || code === 0x3b) return text.slice(from, at).trim().toUpperCase();
    if (code === 0x22) return '';
  }
  return '';
}

/** Where the value begins: after the first colon outside quotes (RFC 5545 section 3.1). */
function valueStart(text: string): number {
  const colon = text.indexOf(':');
  const quote = text.indexOf('"');
  if (quote === -1 || colon < quote) return colon + 1;
  let quoted = false;
  for (let at = quote; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') quoted = !quoted;
    else if (char === ':' && !quoted) return at + 1;
  }
  // A quote that is never closed: the first colon is the best that can be read.
  return colon + 1;
}

export const contentOf = (line: Line): string => line.text.slice(valueStart(line.text));

/** The first value of a parameter, quotes removed and RFC 6868 undone; null when it is absent. */
export function parameter(line: Line, name: string): string | null {
  const head = line.text.slice(0, Math.max(0, valueStart(line.text) - 1));
  if (!head.includes(';')) return null;
  for (const part of splitOutsideQuotes(head, ';').slice(1)) {
    const at = part.indexOf('=');
    if (at === -1 || part.slice(0, at).trim().toUpperCase() !== name) continue;
    const value = splitOutsideQuotes(part.slice(at + 1), ',')[0]!.trim();
    const bare = value.startsWith('"')
      ? value.slice(1, value.endsWith('"') && value.length > 1 ? -1 : undefined)
      : value;
    return bare.replace(/\^(['n^])/g, (_, c) => unescaped6868[c] ?? c);
  }
  return null;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === separator && !quoted) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
const unescaped6868: Readonly<Record<string, string>> = { n: '\n', "'": '"', '^': '^' };

/** First property of this name, or null. */
export function first(component: Component, name: string): Line | null {
  for (const item of component.items) if (item.name === name && !isComponent(item)) return item;
  return null;
}

/** The value of the first property of this name; empty when it is absent. */
export function valueIn(component: Component, name: string): string {
  const line = first(component, name);
  return line === null ? '' : contentOf(line);
}

export function all(component: Component, name: string): Line[] {
  const found: Line[] = [];
  for (const item of component.items) if (item.name === name && !isComponent(item)) found.push(item);
  return found;
}

/** All components of this name at any depth, in the order of the text. */
export function componentsNamed(root: Component, name: string): Component[] {
  const found: Component[] = [];
  for (const item of root.items) {
    if (!isComponent(item)) continue;
    if (item.name === name) found.push(item);
    else found.push(...componentsNamed(item, name));
  }
  return found;
}

const encoder = new TextEncoder();

/** A new content line of `name[;parameters]:value`, folded at 75 octets without cutting a character. */
export function makeLine(head: string, value: string, lineEnd: string): Line {
  const text = `${head}:${value}`;
  return { raw: fold(text, lineEnd), name: nameOf(text), text };
}

function fold(text: string, lineEnd: string): string {
  if (text.length <= 25 || (text.length <= 75 && encoder.encode(text).length <= 75)) return text + lineEnd;
  let out = '';
  let octets = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (octets + size > 75) {
      out += `${lineEnd} `;
      octets = 1;
    }
    out += char;
    octets += size;
  }
  return out + lineEnd;
}
