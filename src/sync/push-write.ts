/** One write of a push: tried, and sorted by what the provider says to it. */
import type { WriteIntent, WriteReceipt } from '../domain/connector.ts';
import type { CalendarLink, Event, Sent } from '../domain/event.ts';
import { withContext } from '../domain/fault.ts';
import { LeaseLost, Stopping } from './lease.ts';
import { linkTo } from './links.ts';
import type { Answer } from './receipt.ts';
import type { Session } from './session.ts';
import { backoff } from './session.ts';

export interface Job {
  /** As saved with `sent` in its link. */
  readonly event: Event;
  readonly sent: Sent;
  readonly intent: WriteIntent;
}

export interface Answered {
  readonly event: Event;
  readonly sent: Sent | null;
  readonly answer: Answer;
}

/** What the writes came to. */
export interface Results {
  /** To be saved. */
  readonly answered: Answered[];
  /** Copies to be read and absorbed before their event is tried again. */
  readonly toRead: Job[];
  readonly gone: Job[];
  readonly exists: { readonly job: Job; readonly receipt: Extract<WriteReceipt, { kind: 'exists' }> }[];
  /** A copy turned out to be other than we knew. */
  isSurprised: boolean;
  /** Transient faults since answers were last saved. */
  transients: number;
}

export const noResults = (): Results => ({
  ...{ answered: [], toRead: [], gone: [], exists: [] },
  ...{ isSurprised: false, transients: 0 },
});

/** After so many transient faults it is the provider that is ill and not the event. */
const mostTransients = 3;

export const later = (s: Session, link: CalendarLink): Answer => ({
  kind: 'failed',
  retryAt: backoff(s.deps, link.failures),
});

/** @throws the fault that ends the visit; one that is the event's own is an answer like others */
export async function tryJob(s: Session, job: Job, results: Results): Promise<void> {
  const { event, sent } = job;
  try {
    sort(job, await s.open.write(s.remote, job.intent), results);
  } catch (error) {
    if (error instanceof LeaseLost || error instanceof Stopping) throw error;
    const fault = withContext(error, { calendarId: s.calendar.id, eventId: event.id });
    const isOwn = fault.kind === 'invalid' || fault.kind === 'bug' || fault.kind === 'transient';
    if (fault.kind === 'transient') results.transients += 1;
    if (!isOwn || results.transients > mostTransients) throw fault;
    s.deps.log.info('a write failed', { calendarId: s.calendar.id, eventId: event.id, reason: fault.message });
    if (fault.kind === 'invalid')
      results.answered.push({ event, sent, answer: { kind: 'refused', why: fault.message } });
    else results.answered.push({ event, sent, answer: later(s, linkTo(event, s.calendar.id)!) });
  }
}

function sort(job: Job, receipt: WriteReceipt, results: Results): void {
  const { event, sent } = job;
  const isNews = receipt.kind === 'exists' || receipt.kind === 'stale' || receipt.kind === 'gone';
  if (isNews && !(receipt.kind === 'gone' && sent.kind === 'remove')) results.isSurprised = true;
  const answer = (a: Answer): void => void results.answered.push({ event, sent, answer: a });
  switch (receipt.kind) {
    case 'done':
      if (sent.kind === 'remove') answer({ kind: 'removed' });
      else if (receipt.remote !== null) answer({ kind: 'put', remote: receipt.remote });
      else results.toRead.push(job);
      return;
    case 'exists':
      results.exists.push({ job, receipt });
      return;
    case 'stale':
      results.toRead.push(job);
      return;
    case 'gone':
      if (sent.kind === 'remove') answer({ kind: 'removed' });
      else results.gone.push(job);
      return;
    case 'burnt':
      answer({ kind: 'burnt' });
      return;
    case 'refused':
      answer({ kind: 'refused', why: receipt.why });
      return;
  }
}
