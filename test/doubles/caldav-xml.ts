/** XML of the CalDAV double: strict reading of requests, plain writing of answers. */
import { SaxesParser } from 'saxes';

export interface Node {
  /** `{namespace}local`. */
  readonly name: string;
  text: string;
  readonly attributes: Record<string, string>;
  readonly children: Node[];
}

/** Null for anything that is no well-formed document with known namespaces. */
export function parseXml(text: string): Node | null {
  const root: Node = { name: '', text: '', attributes: {}, children: [] };
  const open: Node[] = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', (tag) => {
    const attributes = Object.fromEntries(Object.values(tag.attributes).map((a) => [a.local, a.value]));
    const node: Node = { name: `{${tag.uri}}${tag.local}`, text: '', attributes, children: [] };
    open.at(-1)!.children.push(node);
    open.push(node);
  });
  parser.on('text', (part) => {
    open.at(-1)!.text += part;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  try {
    parser.write(text).close();
  } catch {
    return null;
  }
  return root.children[0] ?? null;
}

export const D = '{DAV:}';
export const C = '{urn:ietf:params:xml:ns:caldav}';
export const S = '{http://calendarserver.org/ns/}';

/** All nodes of a name, at any depth. */
export function all(node: Node, name: string): Node[] {
  return node.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
export const esc = (text: string): string => text.replace(/[&<>\r]/g, (c) => entities[c]!);

// Unusual prefixes on purpose: readers must go by namespace.
const spaces = 'xmlns:x="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:a="http://calendarserver.org/ns/"';
const declaration = '<?xml version="1.0" encoding="utf-8"?>\n';

export const multistatus = (rows: readonly string[], tail = ''): string =>
  `${declaration}<x:multistatus ${spaces}>${rows.join('')}${tail}</x:multistatus>`;

const propstat = (props: string, status: string): string =>
  props === '' ? '' : `<x:propstat><x:prop>${props}</x:prop><x:status>HTTP/1.1 ${status}</x:status></x:propstat>`;

/** A row with found and missing properties. */
export const propRow = (href: string | null, found: string, missing = ''): string =>
  `<x:response>${href === null ? '' : `<x:href>${esc(href)}</x:href>`}${propstat(found, '200 OK')}${propstat(missing, '404 Not Found')}</x:response>`;

export const statusRow = (href: string, status: string, condition = ''): string =>
  `<x:response><x:href>${esc(href)}</x:href><x:status>HTTP/1.1 ${status}</x:status>${condition === '' ? '' : `<x:error>${condition}</x:error>`}</x:response>`;

/** Error body; the namespace without the colon is SOGo's. */
export const errorBody = (condition: string, dav = 'DAV:'): string =>
  `${declaration}<e:error xmlns:e="${dav}" xmlns:x="${dav}" xmlns:cal="urn:ietf:params:xml:ns:caldav">${condition}</e:error>`;
