/** A tiny language for texts with holes: it can leave out and fill in, and nothing else; no code ever runs. */

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'section'; readonly name: string; readonly isInverted: boolean; readonly children: Node[] };

export interface TemplateFault {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly why: string;
}
type Parsed =
  | { readonly kind: 'template'; readonly nodes: readonly Node[] }
  | { readonly kind: 'bad'; readonly fault: TemplateFault };

export const longestTemplate = 4_000;
const deepest = 5;

/** What is wrong with a template and where, or null. `isKnown` says which names can be filled. */
export function templateFault(source: string, isKnown: (name: string) => boolean): TemplateFault | null {
  const parsed = parse(source, isKnown);
  return parsed.kind === 'bad' ? parsed.fault : null;
}

/**
 * Fills a template. A line whose placeholders are all empty is left out, and so is one that held only marks of sections;
 * several blank lines become one. A bad template gives null.
 */
export function renderTemplate(source: string, factFor: (name: string) => string): string | null {
  const parsed = parsedOnce(source);
  if (parsed.kind === 'bad') return null;
  const lines = linesOf(parsed.nodes, factFor);
  const kept = lines.filter((line) => line.isFilled || (!line.isHollow && !line.isMarkOnly));
  return kept
    .map((line) => line.text.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The same template is filled for every copy; parsing it once is enough. */
const parsedBefore = new Map<string, Parsed>();
const mostKept = 500;
function parsedOnce(source: string): Parsed {
  const known = parsedBefore.get(source);
  if (known !== undefined) return known;
  const parsed = parse(source, () => true);
  if (parsedBefore.size >= mostKept) parsedBefore.clear();
  parsedBefore.set(source, parsed);
  return parsed;
}

interface Open {
  readonly name: string;
  readonly at: number;
  readonly nodes: Node[];
}

function parse(source: string, isKnown: (name: string) => boolean): Parsed {
  const bad = (at: number, why: string): Parsed => ({ kind: 'bad', fault: { ...placeOf(source, at), why } });
  if (source.length > longestTemplate) return bad(longestTemplate, `has more than ${longestTemplate} characters`);
  const root: Node[] = [];
  const open: Open[] = [{ name: '', at: 0, nodes: root }];
  let at = 0;
  while (at < source.length) {
    const start = source.indexOf('{{', at);
    const nodes = open.at(-1)!.nodes;
    if (start !== at) nodes.push({ kind: 'text', text: source.slice(at, start < 0 ? undefined : start) });
    if (start < 0) break;
    const end = source.indexOf('}}', start);
    if (end < 0) return bad(start, '{{ is never closed by }}');
    const [, sign, name] = /^\s*([#^/]?)\s*(\S*)\s*$/.exec(source.slice(start + 2, end)) ?? ['', '', ''];
    if (!name) return bad(start, 'between {{ and }} must stand one name');
    if (!isKnown(name)) return bad(start, `there is nothing called "${name.slice(0, 60)}"`);
    at = end + 2;
    if (sign === '') nodes.push({ kind: 'value', name });
    else if (sign === '/') {
      if (open.length === 1 || open.at(-1)!.name !== name) return bad(start, `{{/${name}}} closes what is not open`);
      open.pop();
    } else {
      if (open.length > deepest) return bad(start, `sections lie more than ${deepest} deep`);
      const children: Node[] = [];
      nodes.push({ kind: 'section', name, isInverted: sign === '^', children });
      open.push({ name, at: start, nodes: children });
    }
  }
  const left = open.length > 1 ? open.at(-1)! : null;
  return left === null ? { kind: 'template', nodes: root } : bad(left.at, `{{#${left.name}}} is never closed`);
}

function placeOf(source: string, at: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, at).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

interface FilledLine {
  text: string;
  /** Some placeholder in it had a value. */
  isFilled: boolean;
  /** It has placeholders. */
  isHollow: boolean;
  /** A mark of a section stood in it, and nothing else. */
  isMarkOnly: boolean;
}

function linesOf(nodes: readonly Node[], factFor: (name: string) => string): FilledLine[] {
  const fresh = (): FilledLine => ({ text: '', isFilled: false, isHollow: false, isMarkOnly: false });
  const lines: FilledLine[] = [fresh()];
  const last = () => lines.at(-1)!;
  const mark = () => {
    if (last().text.trim() === '' && !last().isHollow) last().isMarkOnly = true;
  };
  const add = (node: Node): void => {
    if (node.kind === 'text') {
      for (const [i, part] of node.text.split('\n').entries()) {
        if (i > 0) lines.push(fresh());
        last().text += part;
        if (part.trim() !== '') last().isMarkOnly = false;
      }
    } else if (node.kind === 'value') {
      const value = factFor(node.name);
      Object.assign(last(), { text: last().text + value, isHollow: true, isMarkOnly: false });
      if (value !== '') last().isFilled = true;
    } else {
      mark();
      if ((factFor(node.name) !== '') !== node.isInverted) for (const child of node.children) add(child);
      mark();
    }
  };
  for (const node of nodes) add(node);
  return lines;
}
