/** A service business on a running gateway: technicians, a connected account, attached calendars, and what a journey asks. */
import { expect } from 'chai';
import { eventually } from './eventually.ts';
import { mustSucceed, type Rest, type RestReply } from './rest.ts';

export interface ServerAccount {
  readonly serverUrl: string;
  readonly username: string;
  readonly password: string;
}

export interface Span {
  readonly start: string;
  readonly end: string;
}

export interface SyncCounts {
  readonly pulled: number;
  readonly created: number;
  readonly changed: number;
  readonly removed: number;
  readonly pushed: number;
  readonly conflicts: number;
  readonly quarantined: number;
}

// biome-ignore lint/suspicious/noExplicitAny: answers from outside whose shapes each test names
type Body = any;

export interface Office {
  readonly rest: Rest;
  readonly connectionId: string;
  /** A fresh technician in Berlin who is always at work. */
  technician(over?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Attaches the account's calendar whose address ends so, and waits for its first sync. */
  attach(resourceId: string, ending: string, over?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Visits a calendar and waits for the end of it; fails when the visit does. */
  sync(calendarId: string, query?: string): Promise<SyncCounts>;
  /** The same without an opinion about the outcome. */
  visit(calendarId: string, query?: string): Promise<{ readonly outcome: string; readonly detail: string | null }>;
  tryBook(resourceId: string, span: Span, over?: Readonly<Record<string, unknown>>): Promise<RestReply>;
  /** Books and waits until the calendar copies are written. */
  book(resourceId: string, span: Span, over?: Readonly<Record<string, unknown>>): Promise<Body>;
  /** Changes a booking and waits for its copies. */
  change(bookingId: string, change: object): Promise<Body>;
  booking(bookingId: string): Promise<Body>;
  calendar(calendarId: string): Promise<Body>;
  conflictsOf(eventId: string): Promise<readonly Body[]>;
  /** What calendars block of a technician's time, with titles. */
  busy(resourceId: string, window: Span): Promise<readonly (Span & { readonly title: string | null })[]>;
  /** Whether REST refuses the span because it is taken; nothing stays booked. */
  isTaken(resourceId: string, span: Span): Promise<boolean>;
}

const patiently = { Prefer: 'wait=20' };

/** Connects the account. @throws Error with the gateway's answer when it is refused */
export async function anOffice(rest: Rest, account: ServerAccount): Promise<Office> {
  const must = mustSucceed(rest);
  const { id: connectionId } = await must('POST', '/v1/connections', { provider: 'caldav', ...account });

  const visit: Office['visit'] = (calendarId, query = '') =>
    eventually(
      async () => {
        const report = await must('POST', `/v1/calendars/${calendarId}/sync?wait=20${query}`);
        return report.outcome === 'running' ? null : report;
      },
      30_000,
      50,
    );
  const sync: Office['sync'] = async (calendarId, query) => {
    const report: Body = await visit(calendarId, query);
    expect(report.outcome, JSON.stringify(report)).to.equal('done');
    return report.counts;
  };
  const tryBook: Office['tryBook'] = (resourceId, span, over = {}) =>
    rest('POST', '/v1/bookings', { ...span, resourceIds: [resourceId], title: 'Boiler service', ...over }, patiently);

  return {
    ...{ rest, connectionId, visit, sync, tryBook },
    async technician(over = {}) {
      const body = { kind: 'technician', name: 'Sam Example', timeZone: 'Europe/Berlin', ...over };
      return (await must('POST', '/v1/resources', body)).id;
    },
    async attach(resourceId, ending, over = {}) {
      const { data } = await must('GET', `/v1/connections/${connectionId}/calendars`);
      const offered = data.find((c: Body) => c.remoteId.endsWith(ending));
      if (offered === undefined) throw new Error(`the account offers no ${ending} but ${JSON.stringify(data)}`);
      const wish = { connectionId, remoteId: offered.remoteId, resourceId, role: 'two-way', ...over };
      const { id } = await must('POST', '/v1/calendars', wish);
      await sync(id);
      return id;
    },
    async book(resourceId, span, over) {
      const reply = await tryBook(resourceId, span, over);
      expect(reply.status, reply.text).to.equal(201);
      return reply.body;
    },
    change: (id, change) => must('PATCH', `/v1/bookings/${id}`, change, patiently),
    booking: (id) => must('GET', `/v1/bookings/${id}`),
    calendar: (id) => must('GET', `/v1/calendars/${id}`),
    conflictsOf: async (eventId) => (await must('GET', `/v1/conflicts?eventId=${eventId}`)).data,
    async busy(resourceId, { start, end }) {
      const query = new URLSearchParams({ from: start, to: end, resourceIds: resourceId });
      const { data } = await must('GET', `/v1/schedule?${query}`);
      return data[0].busy.map((row: Body) => ({ start: row.start, end: row.end, title: row.title }));
    },
    async isTaken(resourceId, span) {
      const reply = await rest('POST', '/v1/holds', { ...span, resourceIds: [resourceId] });
      if (reply.status === 201) await must('DELETE', `/v1/holds/${reply.body.id}`);
      else expect(reply.body.code, reply.text).to.equal('slot_taken');
      return reply.status === 409;
    },
  };
}
