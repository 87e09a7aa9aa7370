/**
 * A CalDAV server in memory for trying Interlock without a calendar account, and for benchmarks: its own work costs
 * little, and every answer can be held back as a provider's round trip does. It takes any user name and password.
 * `npm run sandbox` starts it beside the Google simulator; by itself: `node --import tsx sandbox/caldav-server.ts PORT LATENCY_MS`.
 * It knows PROPFIND, sync-collection, calendar-multiget, GET, PUT and DELETE with conditions. `POST /bench/reset`
 * empties it, `PUT /bench/fill/NAME` takes a JSON array of [name, text], `GET /bench/counts` tells what was asked.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';

interface Item {
  readonly etag: string;
  readonly text: string;
}
interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const home = '/home/';
let revision = 1;
const counts = new Map<string, number>();
const collections = new Map<string, Collection>();

class Collection {
  readonly items = new Map<string, Item>();
  /** Name -> revision of its last change, oldest first. */
  readonly changes = new Map<string, number>();
  revision = revision;

  touch(name: string): number {
    revision += 1;
    this.changes.delete(name);
    this.changes.set(name, revision);
    this.revision = revision;
    return revision;
  }
  put(name: string, text: string): Item {
    const item = { etag: `"${this.touch(name)}"`, text };
    this.items.set(name, item);
    return item;
  }
}

function collectionOf(name: string): Collection {
  const known = collections.get(name) ?? new Collection();
  collections.set(name, known);
  return known;
}

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
const found = (href: string, props: string): string =>
  `<D:response><D:href>${href}</D:href><D:propstat><D:prop>${props}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
const missing = (href: string): string =>
  `<D:response><D:href>${href}</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>`;
const multistatus = (rows: readonly string[], tail = ''): Answer => ({
  status: 207,
  headers: { 'content-type': 'application/xml; charset=utf-8' },
  body: `<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/">${rows.join('')}${tail}</D:multistatus>`,
});
const token = (at: number): string => `urn:bench:${at}`;
const row = (href: string, item: Item, withData: boolean): string =>
  found(
    href,
    `<D:getetag>${item.etag}</D:getetag>${withData ? `<C:calendar-data>${escaped(item.text)}</C:calendar-data>` : ''}`,
  );

function answer(method: string, path: string, headers: IncomingMessage['headers'], body: string): Answer {
  const parts = path.split('/').filter((p) => p !== '');
  if (parts[0] === 'bench') return control(parts, body);
  if (path === '/.well-known/caldav') return { status: 301, headers: { location: home } };
  counts.set(method, (counts.get(method) ?? 0) + 1);
  if (method === 'OPTIONS')
    return {
      status: 200,
      headers: { dav: '1, 3, calendar-access', allow: 'OPTIONS, PROPFIND, REPORT, GET, PUT, DELETE' },
    };
  const collection = parts.length > 1 ? collectionOf(parts[1]!) : null;
  if (method === 'PROPFIND') return propfind(path, parts, collection, headers.depth === '1');
  if (collection === null) return { status: 405 };
  if (method === 'REPORT') return report(`${home}${parts[1]}/`, collection, body);
  const name = decodeURIComponent(parts[2] ?? '');
  const item = collection.items.get(name);
  switch (method) {
    case 'GET':
      return item === undefined
        ? { status: 404 }
        : {
            status: 200,
            body: item.text,
            headers: { etag: item.etag, 'content-type': 'text/calendar; charset=utf-8' },
          };
    case 'PUT': {
      const expected = headers['if-match'];
      if (expected !== undefined ? item?.etag !== expected : headers['if-none-match'] === '*' && item !== undefined)
        return { status: 412 };
      return { status: item === undefined ? 201 : 204, headers: { etag: collection.put(name, body).etag } };
    }
    case 'DELETE':
      if (item === undefined) return { status: 404 };
      if (headers['if-match'] !== undefined && headers['if-match'] !== item.etag) return { status: 412 };
      collection.items.delete(name);
      collection.touch(name);
      return { status: 204 };
    default:
      return { status: 405 };
  }
}

function propfind(path: string, parts: readonly string[], collection: Collection | null, deep: boolean): Answer {
  if (collection !== null) {
    const rows = [found(`${home}${parts[1]}/`, propsOf(parts[1]!, collection))];
    if (deep) for (const [name, item] of collection.items) rows.push(row(`${home}${parts[1]}/${name}`, item, false));
    return multistatus(rows);
  }
  const own = `<D:resourcetype><D:collection/></D:resourcetype><D:current-user-principal><D:href>${home}</D:href></D:current-user-principal><C:calendar-home-set><D:href>${home}</D:href></C:calendar-home-set>`;
  const children =
    deep && path === home ? [...collections].map(([name, c]) => found(`${home}${name}/`, propsOf(name, c))) : [];
  return multistatus([found(path, own), ...children]);
}

function propsOf(name: string, collection: Collection): string {
  const report = (r: string): string => `<D:supported-report><D:report>${r}</D:report></D:supported-report>`;
  return [
    '<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>',
    `<D:displayname>${name}</D:displayname><S:getctag>${collection.revision}</S:getctag><D:sync-token>${token(collection.revision)}</D:sync-token>`,
    '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>',
    `<D:supported-report-set>${report('<D:sync-collection/>')}${report('<C:calendar-multiget/>')}</D:supported-report-set>`,
    '<D:current-user-privilege-set><D:privilege><D:all/></D:privilege></D:current-user-privilege-set>',
  ].join('');
}

function report(base: string, collection: Collection, body: string): Answer {
  const withData = body.includes('calendar-data');
  if (body.includes('calendar-multiget')) {
    const rows = [...body.matchAll(/<(?:[\w-]+:)?href[^>]*>([^<]+)</g)].map((m) => {
      const item = collection.items.get(decodeURIComponent(m[1]!.split('/').at(-1)!));
      return item === undefined ? missing(m[1]!) : row(m[1]!, item, withData);
    });
    return multistatus(rows);
  }
  const since = Number(/urn:bench:(\d+)/.exec(body)?.[1] ?? 0);
  const rows: string[] = [];
  for (const [name, at] of collection.changes) {
    if (at <= since) continue;
    const item = collection.items.get(name);
    if (item !== undefined) rows.push(row(base + name, item, withData));
    else if (since > 0) rows.push(missing(base + name));
  }
  return multistatus(rows, `<D:sync-token>${token(collection.revision)}</D:sync-token>`);
}

function control(parts: readonly string[], body: string): Answer {
  if (parts[1] === 'reset') {
    collections.clear();
    counts.clear();
    return { status: 204 };
  }
  if (parts[1] === 'counts')
    return {
      status: 200,
      body: JSON.stringify(Object.fromEntries(counts)),
      headers: { 'content-type': 'application/json' },
    };
  if (parts[1] === 'fill') {
    const collection = collectionOf(parts[2]!);
    for (const [name, text] of JSON.parse(body) as [string, string][]) {
      if (text === '') {
        collection.items.delete(name);
        collection.touch(name);
      } else collection.put(name, text);
    }
    return { status: 204 };
  }
  if (parts[1] === 'size') return { status: 200, body: String(collections.get(parts[2]!)?.items.size ?? 0) };
  return { status: 404 };
}

/** Listens on this machine only. @returns the address of the calendar home */
export function startCaldavServer(port: number, latencyMs: number): Promise<{ url: string; close(): Promise<void> }> {
  collectionOf('work');
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = decodeURIComponent(new URL(request.url ?? '/', 'http://bench').pathname);
      const {
        status,
        body = '',
        headers = {},
      } = answer(request.method ?? 'GET', path, request.headers, Buffer.concat(chunks).toString());
      const send = (): void => void response.writeHead(status, headers).end(body);
      if (latencyMs > 0 && !path.startsWith('/bench/')) setTimeout(send, latencyMs);
      else send();
    });
  });
  return new Promise((ready, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      ready({
        url: `http://127.0.0.1:${taken}${home}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port = 8081, latencyMs = 0] = process.argv.slice(2).map(Number);
  const { url } = await startCaldavServer(port, latencyMs);
  process.stdout.write(`${url}\n`);
}
