/** Reads WebDAV answers as a stream: one row at a time, by namespace and local name, never by prefix. */
import { type SaxesAttributeNS, SaxesParser } from 'saxes';

export const davNs = 'DAV:';
export const caldavNs = 'urn:ietf:params:xml:ns:caldav';
export const serverNs = 'http://calendarserver.org/ns/';

export interface XmlElement {
  readonly ns: string;
  readonly name: string;
  /** Own text without that of children, as written. */
  readonly text: string;
  /** Attributes without a prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

/** One `response` of a multistatus (RFC 4918 section 14.24). */
export interface DavRow {
  readonly href: string;
  /** Status of the whole row, or null where the properties carry their own. */
  readonly status: number | null;
  /** Properties that were answered with success. */
  readonly props: readonly XmlElement[];
  /** The highest error status anywhere in the row, or null. */
  readonly worst: number | null;
  /** Local names of the precondition elements of the row's `error`. */
  readonly conditions: readonly string[];
}

/** The body is no XML that we accept: broken, too deep, or with a document type. */
export class BadXml extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'BadXml';
  }
}

const maxDepth = 48;

/**
 * Parses a body and calls `onRow` for each `response` as soon as it is complete; rows are not kept. Returns the root
 * without its rows. A document type is refused, so no entity of the sender's is ever expanded.
 * @throws BadXml; whatever the body's stream throws
 */
export async function readXml(body: AsyncIterable<Uint8Array>, onRow: (row: DavRow) => void): Promise<XmlElement> {
  const tree = new TreeReader(onRow);
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of body) tree.write(decoder.decode(chunk, { stream: true }));
  tree.write(decoder.decode());
  return tree.end();
}

interface Open {
  readonly ns: string;
  readonly name: string;
  text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
}

const noAttributes: Readonly<Record<string, string>> = {};
function plainAttributes(attributes: Readonly<Record<string, SaxesAttributeNS>>): Readonly<Record<string, string>> {
  let plain: Record<string, string> | null = null;
  // Hardly any element has attributes, and a long answer has many elements: nothing is made for the empty ones.
  for (const key in attributes) {
    const { prefix, local, value } = attributes[key]!;
    if (prefix !== '') continue;
    plain ??= {};
    plain[local] = value;
  }
  return plain ?? noAttributes;
}

class TreeReader {
  private readonly parser = new SaxesParser({ xmlns: true, position: false });
  private readonly open: Open[] = [];
  private root: XmlElement | null = null;

  constructor(onRow: (row: DavRow) => void) {
    const { parser, open } = this;
    parser.on('doctype', () => {
      throw new BadXml('a document type is not allowed');
    });
    parser.on('error', (error) => {
      throw new BadXml(error.message);
    });
    parser.on('opentag', (tag) => {
      if (open.length >= maxDepth) throw new BadXml('nested too deeply');
      open.push({ ns: tag.uri, name: tag.local, text: '', attributes: plainAttributes(tag.attributes), children: [] });
    });
    const append = (text: string): void => {
      const top = open.at(-1);
      if (top !== undefined) top.text += text;
    };
    parser.on('text', append);
    parser.on('cdata', append);
    parser.on('closetag', () => {
      const done = open.pop()!;
      if (open.length === 1 && isDav(done) && done.name === 'response') onRow(rowOf(done));
      else if (open.length === 0) this.root = done;
      else open.at(-1)!.children.push(done);
    });
  }

  write(text: string): void {
    if (text !== '') this.parser.write(text);
  }

  end(): XmlElement {
    this.parser.close();
    if (this.root === null) throw new BadXml('an empty document');
    return this.root;
  }
}

/** SOGo writes the namespace `DAV` without the colon in error bodies. */
const isDav = (element: { readonly ns: string }): boolean => element.ns === davNs || element.ns === 'DAV';

export function childrenOf(element: XmlElement, ns: string, name: string): XmlElement[] {
  return element.children.filter((c) => c.name === name && (ns === davNs ? isDav(c) : c.ns === ns));
}

export const childOf = (element: XmlElement, ns: string, name: string): XmlElement | null =>
  childrenOf(element, ns, name)[0] ?? null;

/** Text of a child, trimmed; null when it is absent or blank. */
export function childText(element: XmlElement, ns: string, name: string): string | null {
  const text = childOf(element, ns, name)?.text.trim();
  return text === undefined || text === '' ? null : text;
}

/** Whether an element of this name is anywhere below. */
export function contains(element: XmlElement, ns: string, name: string): boolean {
  return element.children.some((c) => (c.ns === ns && c.name === name) || contains(c, ns, name));
}

/** A property that the row answered with success, or null. */
export const propOf = (row: DavRow, ns: string, name: string): XmlElement | null =>
  row.props.find((p) => p.ns === ns && p.name === name) ?? null;

/** Its text, trimmed; null when absent or blank. */
export function propText(row: DavRow, ns: string, name: string): string | null {
  const text = propOf(row, ns, name)?.text.trim();
  return text === undefined || text === '' ? null : text;
}

/** Hrefs inside a property. */
export const propHrefs = (row: DavRow, ns: string, name: string): string[] => {
  const prop = propOf(row, ns, name);
  return prop === null ? [] : childrenOf(prop, davNs, 'href').map((h) => h.text.trim());
};

function rowOf(response: XmlElement): DavRow {
  const props: XmlElement[] = [];
  const own = statusOf(response);
  let worst = own !== null && own >= 400 ? own : null;
  for (const propstat of childrenOf(response, davNs, 'propstat')) {
    const status = statusOf(propstat) ?? 200;
    if (status >= 400) worst = Math.max(worst ?? 0, status);
    if (status >= 200 && status < 300) props.push(...(childOf(propstat, davNs, 'prop')?.children ?? []));
  }
  const href = childText(response, davNs, 'href') ?? '';
  return { href, status: own, props, worst, conditions: conditionsOf(response) };
}

function statusOf(element: XmlElement): number | null {
  const found = /^HTTP\/\d(?:\.\d)? (\d{3})/i.exec(childText(element, davNs, 'status') ?? '');
  return found === null ? null : Number(found[1]);
}

/** Preconditions (RFC 4918 section 16) named in any `error` of this element. */
export function conditionsOf(element: XmlElement): string[] {
  if (isDav(element) && element.name === 'error') return element.children.map((c) => c.name);
  return element.children.flatMap((c) => conditionsOf(c));
}
