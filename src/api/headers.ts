/** Reads the request headers that routes share. */
import type { IncomingMessage } from 'node:http';
import { invalidField } from './problems.ts';

const longestWaitMs = 30_000;

const one = (request: IncomingMessage, name: string): string | null => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : (value?.[0] ?? null);
};

/** `If-Match: "<version>"`; `*` and a missing header mean any version. */
export function readIfMatch(request: IncomingMessage): number | null {
  const value = one(request, 'if-match')?.trim() ?? '*';
  if (value === '*') return null;
  const match = /^"?(\d{1,15})"?$/.exec(value);
  if (match === null) throw invalidField('If-Match', 'must be one version in quotes, such as "3"');
  return Number(match[1]);
}

/** `Prefer: wait=<seconds>` (RFC 7240) in milliseconds, at most 30 s; preferences that we do not know are ignored. */
export function readPreferWait(request: IncomingMessage): number {
  for (const preference of (one(request, 'prefer') ?? '').split(/[,;]/)) {
    const match = /^\s*wait\s*=\s*"?(\d{1,6})"?\s*$/i.exec(preference);
    if (match !== null) return Math.min(Number(match[1]) * 1000, longestWaitMs);
  }
  return 0;
}

export function readIdempotencyKey(request: IncomingMessage): string | null {
  const value = one(request, 'idempotency-key');
  if (value === null) return null;
  if (!/^[\x20-\x7e]{1,255}$/.test(value)) {
    throw invalidField('Idempotency-Key', 'must be 1 to 255 printable ASCII characters');
  }
  return value;
}

/** Where a broken stream goes on; anything that cannot be an id of ours counts as absent. */
export function readLastEventId(request: IncomingMessage): string | null {
  const value = one(request, 'last-event-id');
  return value !== null && /^[A-Za-z0-9:._-]{1,80}$/.test(value) ? value : null;
}

/** The key of `Authorization: Bearer <key>`, or null. */
export function readBearer(request: IncomingMessage): string | null {
  return /^bearer +([\x21-\x7e]{1,300})$/i.exec(one(request, 'authorization')?.trim() ?? '')?.[1] ?? null;
}
