/** How many requests of a mailbox are under way: four at once, the fifth is refused. */
import type { Answer } from '../kit/http.ts';
import { errorAnswer } from './refusal.ts';

export interface LaneKnobs {
  most: number;
  /** Both are seen in practice. */
  status: 429 | 503;
  retryAfter: 'seconds' | 'date' | 'none';
  retryAfterSeconds: number;
}
export const calmLanes: Readonly<LaneKnobs> = { most: 4, status: 429, retryAfter: 'seconds', retryAfterSeconds: 1 };

export interface Lanes {
  readonly knobs: LaneKnobs;
  /** Null: no lane is free. */
  enter(mailbox: string): (() => void) | null;
  refusal(nowMs: number): Answer;
  /** The most that ever were under way at once, by mailbox. */
  peaks(): Readonly<Record<string, number>>;
  clear(): void;
}

export function createLanes(): Lanes {
  const knobs: LaneKnobs = { ...calmLanes };
  const busy = new Map<string, number>();
  const peaks = new Map<string, number>();
  return {
    knobs,
    enter(mailbox) {
      const now = (busy.get(mailbox) ?? 0) + 1;
      peaks.set(mailbox, Math.max(peaks.get(mailbox) ?? 0, now));
      if (now > knobs.most) return null;
      busy.set(mailbox, now);
      return () => void busy.set(mailbox, (busy.get(mailbox) ?? 1) - 1);
    },
    refusal(nowMs) {
      const { status, retryAfterSeconds } = knobs;
      const headers = retryAfterHeader(knobs.retryAfter, retryAfterSeconds, nowMs);
      return errorAnswer(
        status,
        'ApplicationThrottled',
        'Application is over its MailboxConcurrency limit.',
        nowMs,
        headers,
      );
    },
    peaks: () => Object.fromEntries(peaks),
    clear() {
      peaks.clear();
      Object.assign(knobs, calmLanes);
    },
  };
}

export function retryAfterHeader(
  form: LaneKnobs['retryAfter'],
  seconds: number,
  nowMs: number,
): Readonly<Record<string, string>> {
  if (form === 'none') return {};
  return { 'retry-after': form === 'date' ? new Date(nowMs + seconds * 1000).toUTCString() : String(seconds) };
}
