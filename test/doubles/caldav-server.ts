/** A CalDAV server in memory over real HTTP that refuses wrong requests and misbehaves on demand. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Collection } from './caldav-collection.ts';
import { propfind, refuse, report } from './caldav-reports.ts';
import { errorBody, esc, multistatus, parseXml, statusRow } from './caldav-xml.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Knobs {
  readonly sync: 'token' | 'ctag' | 'none';
  /** Cut change reports after so many members, with a 507 row. */
  readonly pageLimit: number | null;
  readonly badToken: 'precondition' | 'server-error';
  readonly dataInSync: boolean;
  readonly missingInMultiget: 'row' | 'omit' | 'whole';
  readonly etagsInReports: boolean;
  readonly etagOnPut: boolean;
  readonly weakEtags: boolean;
  /** What the server makes of a text that it stores. */
  readonly reword: (text: string) => string;
  /** Xandikos: errors of PUT and of PROPFIND come as 207. */
  readonly innerErrors: boolean;
  /** Xandikos: no `report` wrapper in the report set. */
  readonly bareReports: boolean;
  /** SOGo: namespace `DAV` in error bodies. */
  readonly sloppyNamespace: boolean;
  /** Hrefs with a host name that only the server knows. */
  readonly absoluteHrefs: boolean;
  readonly readOnly: boolean;
  /** PUT answers 412 to everything, whatever the ETag (DAViCal for bad data). */
  readonly alwaysPreconditionFailed: boolean;
}

const wellBehaved: Knobs = {
  sync: 'token',
  pageLimit: null,
  badToken: 'precondition',
  dataInSync: true,
  missingInMultiget: 'row',
  etagsInReports: true,
  etagOnPut: true,
  weakEtags: false,
  reword: (text) => text,
  innerErrors: false,
  bareReports: false,
  sloppyNamespace: false,
  absoluteHrefs: false,
  readOnly: false,
  alwaysPreconditionFailed: false,
};

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Replaces or spoils the answer to one request: a full answer, or what happens after the work was done. */
export type Mishap = Answer | 'lose-answer' | 'stall' | 'close-before';

export class CaldavDouble {
  knobs: Knobs = wellBehaved;
  readonly user = { username: 'tech@example.com', password: 'pässword' };
  readonly token = 'token-0123456789';
  readonly principal = '/principals/tech/';
  readonly home = '/cal/tech@example.com/';
  readonly collections = new Map<string, Collection>();
  readonly requests: Seen[] = [];
  /** Requests that no correct client sends, with the reason; a test ends with none. */
  readonly wrong: string[] = [];
  private readonly mishaps: { method: string; mishap: Mishap }[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((req, res) => void this.serve(req, res));
    this.addCollection('work');
  }

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get work(): Collection {
    return this.collections.get(`${this.home}work/`)!;
  }

  addCollection(name: string): Collection {
    const path = `${this.home}${name}/`;
    const collection = new Collection(path);
    this.collections.set(path, collection);
    return collection;
  }

  set(knobs: Partial<Knobs>): void {
    this.knobs = { ...this.knobs, ...knobs };
  }

  /** The next request of this method meets this. */
  next(method: string, mishap: Mishap): void {
    this.mishaps.push({ method, mishap });
  }

  /** Methods of the requests since the last call, in order. */
  takeMethods(): string[] {
    return this.requests.splice(0).map((r) => r.method);
  }

  private async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString('utf8');
    const path = decodeURIComponent(new URL(req.url!, 'http://x').pathname);
    const seen: Seen = { method: req.method!, path, headers: req.headers, body };
    this.requests.push(seen);
    const at = this.mishaps.findIndex((m) => m.method === seen.method);
    const mishap = at < 0 ? null : this.mishaps.splice(at, 1)[0]!.mishap;
    if (mishap === 'close-before') return void req.socket.destroy();
    if (mishap === 'stall') return;
    const answer = typeof mishap === 'object' && mishap !== null ? mishap : this.answer(seen);
    if (mishap === 'lose-answer') return void req.socket.destroy();
    res.writeHead(answer.status, answer.headers).end(answer.body ?? '');
  }

  private wrongRequest(status: number, why: string): Answer {
    this.wrong.push(why);
    return refuse(status, why);
  }

  private isAuthorised(header: unknown): boolean {
    const { username, password } = this.user;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return header === basic || header === `Bearer ${this.token}`;
  }

  private answer(seen: Seen): Answer {
    const { method, path, headers } = seen;
    if (headers['accept-encoding'] !== 'identity')
      return this.wrongRequest(406, `${method} must ask for identity encoding`);
    if (!this.isAuthorised(headers.authorization)) {
      return {
        status: 401,
        headers: { 'www-authenticate': 'basic realm="cal"' },
        body: `no such login ${String(headers.authorization)}`,
      };
    }
    if (path === '/.well-known/caldav') return { status: 301, headers: { location: '/' } };
    switch (method) {
      case 'PROPFIND':
      case 'REPORT':
        return this.xmlRequest(seen);
      case 'GET':
        return this.get(path);
      case 'PUT':
        return this.put(seen);
      case 'DELETE':
        return this.remove(seen);
      case 'OPTIONS':
        return { status: 200, headers: { dav: '1, 3, calendar-access' } };
      default:
        return refuse(405);
    }
  }

  private xmlRequest(seen: Seen): Answer {
    const depth = String(seen.headers.depth ?? '');
    if (!/^application\/xml; *charset=utf-8$/i.test(String(seen.headers['content-type'])))
      return this.wrongRequest(415, 'XML must say its type');
    if (depth !== '0' && depth !== '1') return this.wrongRequest(400, `${seen.method} needs Depth 0 or 1`);
    const root = parseXml(seen.body);
    if (root === null) return this.wrongRequest(400, `bad XML in ${seen.method}`);
    if (seen.method === 'PROPFIND') return propfind(this, seen.path, depth, root);
    const collection = this.collections.get(seen.path);
    if (collection === undefined) return refuse(404);
    const answer = report(this, collection, depth, root);
    if (answer.status === 400) this.wrong.push(answer.body ?? '');
    return answer;
  }

  private locate(path: string): { collection: Collection; name: string } | null {
    const at = path.lastIndexOf('/') + 1;
    const collection = this.collections.get(path.slice(0, at));
    return collection === undefined || at === path.length ? null : { collection, name: path.slice(at) };
  }

  private etagHeader(etag: string): Record<string, string> {
    return { etag: this.knobs.weakEtags ? `W/${etag}` : etag };
  }

  private get(path: string): Answer {
    const found = this.locate(path);
    const item = found?.collection.items.get(found.name);
    if (item === undefined) return refuse(404);
    return {
      status: 200,
      headers: { 'content-type': 'text/calendar; charset=utf-8', ...this.etagHeader(item.etag) },
      body: item.text,
    };
  }

  /** The precondition of a write, or the refusal. */
  private precondition(seen: Seen, etag: string | undefined): Answer | null {
    const match = seen.headers['if-match'];
    const none = seen.headers['if-none-match'];
    if ((match === undefined) === (none === undefined))
      return this.wrongRequest(428, `${seen.method} needs exactly one precondition`);
    if (this.knobs.alwaysPreconditionFailed) return refuse(412, 'the data is not good');
    if (none !== undefined) return none === '*' && etag === undefined ? null : this.failed(seen.path, 412);
    return match === etag ? null : this.failed(seen.path, 412);
  }

  private failed(path: string, status: number, condition = ''): Answer {
    if (this.knobs.innerErrors) {
      const body = multistatus([statusRow(path, `${status} Refused`, condition)]);
      return { status: 207, headers: { 'content-type': 'text/xml' }, body };
    }
    return refuse(status, condition === '' ? '' : errorBody(condition));
  }

  private put(seen: Seen): Answer {
    const { headers, body, path } = seen;
    if (!/^text\/calendar; *charset=utf-8$/i.test(String(headers['content-type'])))
      return this.wrongRequest(415, 'PUT must say text/calendar');
    const found = this.locate(path);
    if (found === null) return refuse(409, 'no such collection');
    const old = found.collection.items.get(found.name);
    const refusal = this.precondition(seen, old?.etag);
    if (refusal !== null) return refusal;
    if (this.knobs.readOnly) return refuse(403, errorBody('<x:need-privileges/>'));
    const problem = problemIn(body);
    if (problem !== null) return this.wrongRequest(403, problem);
    const uid = uidOf(body);
    const holder = [...found.collection.items].find(([name, item]) => name !== found.name && uidOf(item.text) === uid);
    if (holder !== undefined) {
      const href = `<x:href>${esc(found.collection.path + holder[0])}</x:href>`;
      return this.failed(path, 409, `<cal:no-uid-conflict>${this.knobs.innerErrors ? '' : href}</cal:no-uid-conflict>`);
    }
    const item = found.collection.put(found.name, this.knobs.reword(body));
    return { status: old === undefined ? 201 : 204, headers: this.knobs.etagOnPut ? this.etagHeader(item.etag) : {} };
  }

  private remove(seen: Seen): Answer {
    const found = this.locate(seen.path);
    const item = found?.collection.items.get(found.name);
    if (found === null || item === undefined) return refuse(404);
    const refusal = this.precondition(seen, item.etag);
    if (refusal !== null) return refusal;
    found.collection.remove(found.name);
    return { status: 204 };
  }
}

const uidOf = (text: string): string => /^UID:(.*)$/m.exec(text)?.[1]?.trim() ?? '';

/** What a strict validator says of an object (RFC 4791 section 4.1, RFC 5545 section 3.1), or null. */
function problemIn(text: string): string | null {
  if (!text.startsWith('BEGIN:VCALENDAR\r\n') || !text.endsWith('END:VCALENDAR\r\n'))
    return 'not one VCALENDAR with CRLF line ends';
  if (/(?<!\r)\n/.test(text)) return 'a bare line feed';
  if (text.split('\r\n').some((line) => Buffer.byteLength(line) > 75)) return 'a line longer than 75 octets';
  if (/^METHOD:/m.test(text)) return 'METHOD is not allowed in a stored object';
  if (!/^VERSION:2\.0\r$/m.test(text) || !/^PRODID/m.test(text)) return 'VERSION and PRODID are needed';
  const unfolded = text.replace(/\r\n[ \t]/g, '');
  const uids = new Set([...unfolded.matchAll(/^UID:(.*)\r$/gm)].map((m) => m[1]));
  if (uids.size !== 1) return 'one object has one UID';
  return /^BEGIN:VEVENT\r$/m.test(text) ? null : 'no VEVENT';
}
