/** One POST to an address that somebody typed: guarded, without redirects, with limits on what comes back. */
import { Agent, request } from 'undici';
import type { Clock } from '../domain/ports.ts';
import { ForbiddenAddress, type NetworkGuard } from './guard.ts';

export interface PostAnswer {
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly durationMs: number;
  /** Why there was no answer, in words without the address. */
  readonly error: string | null;
  readonly retryAfter: string | null;
  /** The beginning of the body. */
  readonly excerpt: string;
}
export interface Poster {
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<PostAnswer>;
  close(): Promise<void>;
}

const excerptBytes = 1_000;
const connectMs = 10_000;

/** @param timeoutMs for one request to the end of its answer's head and the beginning of its body */
export function makePoster(o: {
  readonly guard: NetworkGuard;
  readonly clock: Clock;
  readonly timeoutMs: number;
}): Poster {
  const agent = new Agent({
    pipelining: 1,
    keepAliveTimeout: 10_000,
    allowH2: false,
    connect: { timeout: Math.min(connectMs, o.timeoutMs), lookup: o.guard.lookup },
  });
  const exchange = async (url: string, headers: Readonly<Record<string, string>>, body: string) => {
    o.guard.checkUrl(new URL(url));
    const signal = AbortSignal.timeout(o.timeoutMs);
    const {
      statusCode,
      headers: back,
      body: stream,
    } = await request(url, {
      ...{ method: 'POST', headers, body, signal, dispatcher: agent },
    });
    const excerpt = await beginningOf(stream).catch(() => '');
    const retryAfter = back['retry-after'];
    return { status: statusCode, error: null, excerpt, retryAfter: typeof retryAfter === 'string' ? retryAfter : null };
  };
  return {
    async post(url, headers, body) {
      const startedAt = o.clock.monotonic();
      const took = () => Math.round(o.clock.monotonic() - startedAt);
      try {
        return { ...(await exchange(url, headers, body)), durationMs: took() };
      } catch (error) {
        return { status: null, durationMs: took(), error: reasonOf(error, o.timeoutMs), retryAfter: null, excerpt: '' };
      }
    },
    close: () => agent.destroy(),
  };
}

async function beginningOf(stream: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length >= excerptBytes) break;
  }
  return Buffer.concat(parts).subarray(0, excerptBytes).toString('utf8');
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  CERT_HAS_EXPIRED: 'its certificate has ended',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'it could not be sent';
  if (error instanceof ForbiddenAddress) return 'the address leads to a private or reserved network';
  if (error.name === 'TimeoutError') return `there was no answer within ${timeoutMs / 1000} seconds`;
  const code = 'code' in error ? String(error.code) : error.name;
  return words[code] ?? `it could not be sent (${code})`;
}
