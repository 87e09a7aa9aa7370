/** Authorised HTTP calls to one account's server, with limits on everything the other side decides. */
import { Agent, type Dispatcher, request } from 'undici';
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { NetworkGuard } from '../../src/net/guard.ts';
import { Refused, readRefusal, TooLarge } from './answers.ts';
import { BadXml, type DavRow, readXml, type XmlElement } from './multistatus.ts';
import { networkFault } from './network-fault.ts';

/** Basic (RFC 7617) or Bearer (RFC 6750). */
export type Secret = { readonly username: string; readonly password: string } | { readonly token: string };

export interface Limits {
  /** Requests at once per connection. */
  readonly parallel: number;
  readonly connectMs: number;
  /** For one request to the last byte of its answer, waiting for a free connection included. */
  readonly requestMs: number;
  readonly answerBytes: number;
  /** Objects asked for by one multiget. */
  readonly batch: number;
}
export const defaultLimits: Limits = {
  parallel: 16,
  connectMs: 10_000,
  requestMs: 60_000,
  answerBytes: 32 * 1024 * 1024,
  batch: 50,
};

export interface DavRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE' | 'PROPFIND' | 'REPORT' | 'OPTIONS';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface DavAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ClientOptions {
  readonly secret: Secret | null;
  readonly guard: NetworkGuard;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Judges a first contact: what could be an outage later is then a wrong address. */
  readonly firstContact: boolean;
}

const safe: ReadonlySet<string> = new Set(['GET', 'PROPFIND', 'REPORT', 'OPTIONS']);
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const maxRedirects = 5;
/** Accounts are moved between the hosts of these providers, so credentials follow there (iCloud's partitions). */
const roamingDomains: readonly string[] = ['.icloud.com'];

export class DavClient {
  private readonly agent: Agent;
  private readonly authorization: string | null;
  private readonly o: ClientOptions;

  constructor(o: ClientOptions) {
    this.o = o;
    this.authorization = o.secret === null ? null : authorizationOf(o.secret);
    this.agent = new Agent({
      connections: o.limits.parallel,
      pipelining: 1,
      headersTimeout: o.limits.requestMs,
      bodyTimeout: o.limits.requestMs,
      keepAliveTimeout: 30_000,
      allowH2: false,
      connect: { timeout: o.limits.connectMs, lookup: o.guard.lookup },
    });
  }

  /** One request and its redirects, whatever the status; the caller reads the body to its end or calls `drop`. */
  async send(asked: DavRequest): Promise<DavAnswer> {
    let url = asked.url;
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const answer = await this.once({ ...asked, url });
      const location = answer.headers.location;
      if (!redirects.has(answer.status) || location === undefined) return answer;
      await drop(answer);
      url = redirectTarget(url, location);
    }
    throw new Fault('invalid', `${asked.url.host} redirects more than ${maxRedirects} times.`);
  }

  /** One request without following redirects and, on wish, without credentials. */
  async once(asked: DavRequest, o: { readonly anonymous?: boolean } = {}): Promise<DavAnswer> {
    try {
      return await this.exchange(asked, o.anonymous === true);
    } catch (error) {
      // A kept-alive socket may be closed by the server in the moment we use it; reading twice is harmless.
      if (!safe.has(asked.method) || !isClosedSocket(error)) throw this.fault(error, asked.url);
    }
    try {
      return await this.exchange(asked, o.anonymous === true);
    } catch (error) {
      throw this.fault(error, asked.url);
    }
  }

  /**
   * A request whose answer must be a multistatus, read row by row; `from` is where it came from after redirects. Returns
   * its root without the rows.
   * @throws Refused for any other status
   */
  async multistatus(
    asked: DavRequest,
    onRow: (row: DavRow, from: URL) => void,
  ): Promise<{ root: XmlElement; url: URL }> {
    const answer = await this.send(asked);
    if (answer.status !== 207) throw await this.refused(answer, asked.method);
    return { root: await this.rows(answer, (row) => onRow(row, answer.url)), url: answer.url };
  }

  /** Reads the rows of an answer that is a multistatus. */
  async rows(answer: DavAnswer, onRow: (row: DavRow) => void): Promise<XmlElement> {
    try {
      return await readXml(answer.body, onRow);
    } catch (error) {
      throw this.fault(error, answer.url);
    }
  }

  /** Reads a whole body as text. */
  async text(answer: DavAnswer): Promise<string> {
    const parts: Uint8Array[] = [];
    try {
      for await (const part of answer.body) parts.push(part);
    } catch (error) {
      throw this.fault(error, answer.url);
    }
    return new TextDecoder('utf-8').decode(Buffer.concat(parts));
  }

  /** The fault of an answer that is a refusal; reads its body. */
  async refused(answer: DavAnswer, doing: string): Promise<Refused> {
    const scheme = answer.headers['www-authenticate'] ?? '';
    const refusal = await readRefusal(answer, this.o.clock);
    const onlyDigest = answer.status === 401 && /digest/i.test(scheme) && !/basic|bearer/i.test(scheme);
    if (onlyDigest)
      return new Refused(
        { ...refusal, text: 'it offers Digest login only, which is not supported' },
        'the login',
        'invalid',
      );
    return new Refused({ ...refusal, text: this.withoutSecrets(refusal.text) }, doing);
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async exchange(asked: DavRequest, anonymous: boolean): Promise<DavAnswer> {
    this.o.guard.checkUrl(asked.url);
    const headers: Record<string, string> = {
      'accept-encoding': 'identity',
      'user-agent': 'Interlock',
      ...asked.headers,
    };
    if (this.authorization !== null && !anonymous) headers.authorization = this.authorization;
    const { method, body } = asked;
    const deadline = new AbortController();
    const late = () => deadline.abort(new DOMException('the request took too long', 'TimeoutError'));
    const timer = setTimeout(late, this.o.limits.requestMs).unref();
    const done = () => clearTimeout(timer);
    const options = { method, headers, body: body ?? null, dispatcher: this.agent, signal: deadline.signal };
    const got = await request(asked.url, options).catch((error: unknown) => {
      done();
      throw error;
    });
    return {
      status: got.statusCode,
      headers: flat(got.headers),
      url: asked.url,
      body: limited(got.body, this.o.limits.answerBytes, done),
    };
  }

  private fault(error: unknown, url: URL): Fault {
    if (error instanceof Fault) return error;
    if (error instanceof BadXml) {
      return new Fault(
        this.o.firstContact ? 'invalid' : 'transient',
        `${url.host} answers with XML that cannot be read: ${error.message}.`,
      );
    }
    return networkFault(error, url, this.o.firstContact);
  }

  private withoutSecrets(text: string): string {
    const { secret } = this.o;
    const words = secret === null ? [] : 'token' in secret ? [secret.token] : [secret.password];
    return [...words, this.authorization?.split(' ')[1] ?? ''].some((word) => word !== '' && text.includes(word))
      ? ''
      : text;
  }
}

/** Lets go of a body that nobody wants: a short one is read so that its socket can be used again. */
export async function drop(answer: DavAnswer): Promise<void> {
  let size = 0;
  try {
    for await (const part of answer.body) {
      size += part.length;
      if (size > 65_536) break;
    }
  } catch {
    // The status was all we wanted; what breaks off behind it changes nothing.
  }
}

/**
 * Where a redirect leads if it may be followed with credentials: never from https to http, and only on the same host or
 * inside one of the roaming domains.
 * @throws Fault invalid
 */
function redirectTarget(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (to === null || !/^https?:$/.test(to.protocol))
    throw new Fault('invalid', `${from.host} redirects to an address that cannot be used.`);
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new Fault('invalid', `${from.host} redirects to ${to.host} without encryption.`);
  }
  if (!mayCarryCredentials(from, to)) {
    throw new Fault(
      'invalid',
      `${from.host} redirects to another host, ${to.host}; connect to that address if you trust it.`,
    );
  }
  return to;
}

export function mayCarryCredentials(from: URL, to: URL): boolean {
  if (from.host === to.host) return true;
  const upgrade = from.hostname === to.hostname && from.port === '' && to.port === '' && to.protocol === 'https:';
  const roams = (url: URL) =>
    url.protocol === 'https:' && roamingDomains.some((domain) => url.hostname.endsWith(domain));
  return upgrade || (roams(from) && roams(to));
}

function authorizationOf(secret: Secret): string {
  if ('token' in secret) return `Bearer ${secret.token}`;
  return `Basic ${Buffer.from(`${secret.username}:${secret.password}`, 'utf8').toString('base64')}`;
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) out[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return out;
}

async function* limited(
  body: Dispatcher.ResponseData['body'],
  limitBytes: number,
  done: () => void,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > limitBytes) throw new TooLarge(limitBytes);
      yield chunk;
    }
  } finally {
    done();
  }
}

function isClosedSocket(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}
