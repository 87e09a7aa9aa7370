/** Authorised calls to Graph: tokens, lanes, one retry layer that looks at codes, limits on every answer. */
import { randomUUID } from 'node:crypto';
import { Fault } from '../../src/domain/fault.ts';
import type { Clock, Log } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Lanes } from './lanes.ts';
import { meaningOf, noAnswer, type Refusal, Refused, refusalIn } from './refusals.ts';
import type { Tokens } from './tokens.ts';
import { makeSend, type Sending } from './transport.ts';

export interface Limits {
  /** Requests at once per mailbox. */
  readonly parallel: number;
  /** For one request to the last byte of its answer. */
  readonly requestMs: number;
  readonly answerBytes: number;
  /** Events asked for by one page: long pages with texts are slow at Microsoft. */
  readonly page: number;
}
export const defaultLimits: Limits = {
  parallel: 4,
  requestMs: 30_000,
  answerBytes: 32 * 1024 * 1024,
  page: 200,
};

export interface ClientOptions {
  readonly graphUrl: string;
  /** `/me`, or `/users/{mailbox}` where the gateway has a permission of its own. */
  readonly base: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
  /** Whose lanes are used. */
  readonly mailbox: string;
  readonly lanes: Lanes;
  readonly tokens: Tokens;
}

export interface Call {
  /** What it is for, behind "asked for" and "refused". */
  readonly doing: string;
  readonly method?: Sending['method'];
  /** Below the version; ids in it are encoded (`seg`). Or `link`: an address that Graph gave us. */
  readonly path?: string;
  readonly link?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly ifMatch?: string;
  /** Items of a page. */
  readonly page?: number;
}

export interface GraphClient {
  readonly base: string;
  /**
   * The JSON of the answer; null where it has none.
   * @throws Refused where the caller has to say what the refusal means, Fault `consent`, `throttled`, `transient`
   */
  call(call: Call): Promise<unknown>;
  /** Ends what is under way; nothing is called afterwards. */
  close(): void;
}

/** Waits before the second, third ... attempt, before jitter. */
const pausesMs: readonly number[] = [500, 1500, 4000];
/** A wait that is longer than this is left to whoever visits next. */
const longestPauseMs = 8_000;
const throttledMs = 60_000;

/** Every call says all of it: neither ids nor links remember what was wished before. */
const wishes = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"';

/** One segment of a path: ids hold `=`, `/` and `+`. */
export const seg = (id: string): string => encodeURIComponent(id);

export function graphClient(o: ClientOptions): GraphClient {
  const ending = new AbortController();
  const { signal } = ending;
  const send = makeSend();

  async function once(call: Call, token: string): Promise<unknown> {
    const sending = sendingOf(o, call, token, AbortSignal.any([signal, AbortSignal.timeout(o.limits.requestMs)]));
    let answer: Response;
    let body: unknown;
    try {
      answer = await send(sending);
      body = await readJson(answer, o.limits.answerBytes);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TooLong) throw new Fault('transient', 'An answer of Microsoft is too long to be read.');
      throw new Refused(noAnswer, call.doing);
    }
    if (answer.ok) return body;
    throw new Refused(refusalIn(answer.status, answer.headers, body, o.clock), call.doing);
  }

  return {
    base: o.base,
    close: () => ending.abort(new Fault('transient', 'The account was closed meanwhile.')),
    async call(call) {
      const isRead = (call.method ?? 'GET') === 'GET';
      let isTokenNew = false;
      for (let attempt = 0; ; attempt += 1) {
        signal.throwIfAborted();
        const token = await o.tokens.current();
        try {
          return await o.lanes.run(o.mailbox, signal, () => once(call, token));
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          const { refusal } = error;
          if (meaningOf(refusal, isRead) !== 'token') await pauseOrThrow(o, error, { isRead, attempt, signal }, call);
          else if (isTokenNew) {
            throw new Fault('consent', 'Microsoft does not accept the authorisation of this account.');
          } else {
            isTokenNew = true;
            o.tokens.refuse(token, refusal.claims);
          }
        }
      }
    },
  };
}

function sendingOf(o: ClientOptions, call: Call, token: string, signal: AbortSignal): Sending {
  const { method = 'GET', ifMatch, page } = call;
  return {
    method,
    signal,
    body: call.body,
    url: addressOf(o.graphUrl, call),
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json',
      Prefer: page === undefined ? wishes : `${wishes}, odata.maxpagesize=${page}`,
      'client-request-id': randomUUID(),
      ...(ifMatch !== undefined && { 'If-Match': ifMatch }),
    },
  };
}

/** @throws Fault `cursor-lost` for a link that leads elsewhere: it came from outside, and our token goes with it */
function addressOf(graphUrl: string, { path = '', link, query = {} }: Call): string {
  if (link !== undefined) {
    const url = URL.canParse(link) ? new URL(link) : null;
    if (url?.origin === new URL(graphUrl).origin) return link;
    throw new Fault('cursor-lost', 'A link of the feed does not lead to Microsoft Graph.');
  }
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${graphUrl}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

class TooLong extends Error {}

/** The body as JSON; null where it is none. */
async function readJson(answer: Response, most: number): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > most) throw new TooLong('the answer is too long');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return null;
  }
}

interface Attempt {
  readonly isRead: boolean;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

async function pauseOrThrow(o: ClientOptions, error: Refused, at: Attempt, { doing }: Call): Promise<void> {
  const { refusal } = error;
  const pause = pauseBefore(refusal, at);
  const { status, code, requestId } = refusal;
  if (pause === null) throw faultOf(error, doing, at.isRead, o.clock);
  o.log.debug('a call to the provider is repeated', { doing, status, reason: code, requestId });
  await o.clock.sleep(pause, at.signal);
}

/** How long to wait before the next attempt; null: there is none. */
function pauseBefore(refusal: Refusal, { isRead, attempt }: Attempt): number | null {
  const meaning = meaningOf(refusal, isRead);
  const pause = pausesMs[attempt];
  if ((meaning !== 'quota' && meaning !== 'transient') || pause === undefined) return null;
  const wait = Math.max(jittered(pause), refusal.retryAfterMs ?? 0);
  return wait <= longestPauseMs ? wait : null;
}

const jittered = (ms: number): number => Math.round(ms * (0.5 + Math.random()));

function faultOf(error: Refused, doing: string, isRead: boolean, clock: Clock): Fault {
  const { refusal } = error;
  const context = { status: refusal.status };
  const after = (ms: number): Instant => (clock.now() + Math.max(jittered(ms), refusal.retryAfterMs ?? 0)) as Instant;
  switch (meaningOf(refusal, isRead)) {
    case 'quota':
      return new Fault('throttled', 'Microsoft asks us to slow down.', { retryAt: after(throttledMs), context });
    case 'consent':
      return new Fault('consent', 'The authorisation of this account does not allow what is needed.', { context });
    case 'transient': {
      const retryAt = refusal.retryAfterMs === null ? null : after(0);
      const what = refusal.status === 0 ? 'did not answer' : `failed with status ${refusal.status}`;
      return new Fault('transient', `Microsoft ${what} when asked for ${doing}.`, { retryAt, context });
    }
    case 'token':
    case 'own':
      return error;
  }
}
