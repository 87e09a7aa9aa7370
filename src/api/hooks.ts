/** Where providers tell us that something changed: read, checked, noted, answered; the visit comes after. */
import { timingSafeEqual } from 'node:crypto';
import express, { type Express, type Request, type Response } from 'express';
import type { Calendar } from '../domain/calendar.ts';
import type { Hint, HookAddresses, HookMeaning, HookRequest } from '../domain/connector.ts';
import type { CalendarId } from '../domain/ids.ts';
import { hashHintSecret } from '../domain/push.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';

const bodyLimit = '256kb';

/** How a hint ended, for the metrics; a wrong one is answered like a right one, so that nobody learns from it. */
export type HintOutcome = 'visit' | 'confirmed' | 'unknown_channel' | 'wrong_secret' | 'nonsense' | 'handshake';

/**
 * `POST /hooks/{provider}` and `/hooks/{provider}/lifecycle`. No provider is called before the answer. A database that
 * is away is a 503, which makes providers send the hint again.
 */
export function serveHooks(app: Express, parts: AppParts): void {
  const text = express.text({ limit: bodyLimit, type: () => true });
  const note = makeNoter(parts);
  const on = (kind: keyof HookAddresses) => async (request: Request, response: Response) => {
    const provider = String(request.params.provider);
    const connector = parts.connectors.get(provider);
    if (connector?.readHook === undefined) throw notFound('provider with hooks');
    const meaning = connector.readHook(hookRequestOf(kind, request));
    await act(parts, provider, meaning, note);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.status(200).end(meaning.kind === 'handshake' ? meaning.echo : '');
  };
  app.post('/hooks/:provider', text, on('notify'));
  app.post('/hooks/:provider/lifecycle', text, on('lifecycle'));
}

function hookRequestOf(kind: keyof HookAddresses, request: Request): HookRequest {
  const single = Object.entries(request.headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  const query = Object.entries(request.query).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return {
    kind,
    headers: Object.fromEntries(single),
    query: Object.fromEntries(query),
    body: jsonOf(request.body),
  };
}

function jsonOf(body: unknown): unknown {
  if (typeof body !== 'string' || body === '') return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

type Note = (calendar: Calendar, hint: Hint) => Promise<void>;

async function act(parts: AppParts, provider: string, meaning: HookMeaning, note: Note): Promise<void> {
  const count = (outcome: HintOutcome): void => parts.metrics.countHint({ provider, outcome });
  if (meaning.kind !== 'hints') return count(meaning.kind);
  for (const hint of meaning.hints) {
    const calendar = await parts.store.calendars.byChannel(hint.channelId);
    const channel =
      calendar?.provider === provider ? calendar.channels.find((c) => c.id === hint.channelId) : undefined;
    if (calendar === null || channel === undefined) {
      count('unknown_channel');
    } else if (!isSame(hashHintSecret(hint.secret), channel.secretHash)) {
      count('wrong_secret');
      parts.log.info('a hint with a wrong secret was dropped', { calendarId: calendar.id });
    } else {
      await note(calendar, hint);
      count(hint.kind === 'opened' ? 'confirmed' : 'visit');
    }
  }
}

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Hints of one kind that come together while one is being noted share the next note: a storm costs two writes. */
function makeNoter(parts: AppParts): Note {
  const { store, nudge, clock } = parts;
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, Promise<void>>();
  const noteNow = async (id: CalendarId, hint: Hint): Promise<void> => {
    const end = hint.kind === 'reauthorize' ? 'renew' : hint.kind === 'removed' ? 'gone' : null;
    const isDue = hint.kind !== 'opened';
    const noting = store.calendars.noteHint(id, hint.channelId, { at: clock.now(), isDue, end });
    if (isDue) nudge.nudge(id, noting, 'request');
    await noting;
  };
  return ({ id }, hint) => {
    const key = `${hint.channelId} ${hint.kind}`;
    const begin = (): Promise<void> => {
      const work = noteNow(id, hint).finally(() => running.delete(key));
      running.set(key, work);
      return work;
    };
    const now = running.get(key);
    if (now === undefined) return begin();
    const next =
      waiting.get(key) ??
      now
        .catch(() => {})
        .then(() => {
          waiting.delete(key);
          return begin();
        });
    waiting.set(key, next);
    return next;
  };
}
