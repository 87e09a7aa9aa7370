/** Authorised calls to the calendar API: tokens, quotas, one retry layer that looks at reasons, limits on every answer. */
import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import { calendar_v3 } from 'googleapis/build/src/apis/calendar/v3.js';
import { Fault } from '../../src/domain/fault.ts';
import type { Clock, Log } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Buckets } from './buckets.ts';
import { meaningOf, type Refusal, Refused, refusalIn } from './refusals.ts';
import type { Tokens } from './tokens.ts';

export interface Limits {
  /** Requests at once per account; fast writes to one calendar are throttled whatever the quota says. */
  readonly parallel: number;
  /** For one request to the last byte of its answer. */
  readonly requestMs: number;
  readonly answerBytes: number;
  /** Events asked for by one page. */
  readonly page: number;
}
export const defaultLimits: Limits = {
  parallel: 4,
  requestMs: 30_000,
  answerBytes: 64 * 1024 * 1024,
  page: 1000,
};

/** What each call hands to the library besides its parameters. */
export interface CallOptions {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

export interface ClientOptions {
  readonly apiUrl: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
  /** Whose quota is used. */
  readonly user: string;
  readonly buckets: Buckets;
  readonly tokens: Pick<Tokens, 'current' | 'refuse'>;
}

export interface GoogleClient {
  readonly api: calendar_v3.Calendar;
  /**
   * The data of the answer.
   * @throws Refused where the caller has to say what the refusal means, Fault `consent`, `throttled`, `transient`
   */
  call(
    doing: string,
    run: (o: CallOptions) => Promise<{ readonly data: unknown }>,
    o?: { readonly ifMatch?: string; readonly units?: number },
  ): Promise<unknown>;
  /** Ends what is under way; nothing is called afterwards. */
  close(): void;
}

const agents = {
  'http:': new PlainAgent({ keepAlive: true }),
  'https:': new Agent({ keepAlive: true }),
};

/** Waits before the second, third ... attempt, before jitter. */
const pausesMs: readonly number[] = [500, 1500, 4000];
/** A wait that is longer than this is left to whoever visits next. */
const longestPauseMs = 8_000;
const throttledMs = 60_000;
const blockedMs = 30 * 60_000;

export function googleClient(o: ClientOptions): GoogleClient {
  const ending = new AbortController();
  const { signal } = ending;
  return {
    api: apiOf(o),
    close: () => ending.abort(new Fault('transient', 'The account was closed meanwhile.')),
    async call(doing, run, { ifMatch, units = 1 } = {}) {
      let isTokenNew = false;
      for (let attempt = 0; ; attempt += 1) {
        signal.throwIfAborted();
        const token = await o.tokens.current();
        await o.buckets(o.user, units, o.clock, signal);
        const headers = { authorization: `Bearer ${token}`, ...(ifMatch !== undefined && { 'if-match': ifMatch }) };
        try {
          return (await run({ headers, signal })).data;
        } catch (error) {
          signal.throwIfAborted();
          const refusal = refusalIn(error, o.clock);
          if (refusal === null) throw error;
          if (meaningOf(refusal) !== 'token') await pauseOrThrow(o, doing, refusal, attempt, signal);
          else if (isTokenNew) throw new Fault('consent', 'Google does not accept the authorisation of this account.');
          else {
            isTokenNew = true;
            o.tokens.refuse(token);
          }
        }
      }
    },
  };
}

function apiOf({ apiUrl, limits }: ClientOptions): calendar_v3.Calendar {
  return new calendar_v3.Calendar({
    rootUrl: `${apiUrl}/`,
    // The library repeats neither POST nor PATCH nor any 403, and ignores Retry-After: ours is the only retry layer.
    retry: false,
    timeout: limits.requestMs,
    maxContentLength: limits.answerBytes,
    maxRedirects: 0,
    responseType: 'json',
    agent: agents[apiUrl.startsWith('http:') ? 'http:' : 'https:'],
  });
}

async function pauseOrThrow(
  o: ClientOptions,
  doing: string,
  refusal: Refusal,
  attempt: number,
  signal: AbortSignal,
): Promise<void> {
  const pause = pauseBefore(refusal, attempt);
  if (pause === null) throw faultOf(refusal, doing, o.clock);
  o.log.debug('a call to the provider is repeated', { doing, status: refusal.status, reason: refusal.reason });
  await o.clock.sleep(pause, signal);
}

/** How long to wait before the next attempt; null: there is none. */
function pauseBefore(refusal: Refusal, attempt: number): number | null {
  const meaning = meaningOf(refusal);
  const pause = pausesMs[attempt];
  if ((meaning !== 'quota' && meaning !== 'transient') || pause === undefined) return null;
  const wait = Math.max(jittered(pause), refusal.retryAfterMs ?? 0);
  return wait <= longestPauseMs ? wait : null;
}

const jittered = (ms: number): number => Math.round(ms * (0.5 + Math.random()));

function faultOf(refusal: Refusal, doing: string, clock: Clock): Fault {
  const context = { status: refusal.status };
  const after = (ms: number): Instant => (clock.now() + Math.max(jittered(ms), refusal.retryAfterMs ?? 0)) as Instant;
  switch (meaningOf(refusal)) {
    case 'quota':
      return new Fault('throttled', 'Google asks us to slow down.', { retryAt: after(throttledMs), context });
    case 'blocked': {
      const retryAt = after(blockedMs);
      return new Fault('throttled', 'Google has blocked this account for a while (usage limits).', {
        retryAt,
        context,
      });
    }
    case 'consent':
      return new Fault('consent', 'The authorisation of this account does not allow what is needed.', { context });
    case 'transient': {
      const retryAt = refusal.retryAfterMs === null ? null : after(0);
      const what = refusal.status === 0 ? 'did not answer' : `failed with status ${refusal.status}`;
      return new Fault('transient', `Google ${what} when asked for ${doing}.`, { retryAt, context });
    }
    case 'token':
    case 'own':
      return new Refused(refusal, doing);
  }
}
