/** Rules that every store keeps alike: where an event lies, whom it owes, and when a row fits on a day sheet. */

import type { Calendar, PushChannel } from '../domain/calendar.ts';
import type { CalendarLink, Event, EventFields } from '../domain/event.ts';
import { owes, sameValue } from '../domain/event.ts';
import type { CalendarId, ClaimId } from '../domain/ids.ts';
import { linkKey, ownKey } from '../domain/ids.ts';
import type { SheetRow } from '../domain/resource.ts';
import { extentOf } from '../domain/series.ts';
import { crowding, isLive } from '../domain/sheet-row.ts';
import type { EventTime, Instant, Span } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import type { Delivery } from '../domain/webhook.ts';
import type { CalendarSettings, LinkRow } from './store.ts';

/** Stands for the end of a series without one: 9999-12-31T23:59:59Z, a date that every database can hold. */
export const endless = 253_402_300_799_000 as Instant;

const hourMs = 3_600_000;
/** Offsets of inhabited zones lie between UTC-12 and UTC+14. */
const eastMs = 14 * hourMs;
const westMs = 12 * hourMs;

/**
 * The stretch in which an event is looked for. The store does not know the zone in which floating times and whole
 * days are read, so it takes the widest: an event is found too often rather than missed.
 */
export function extentOfEvent(event: Event): Span {
  const { start, end } = extentOf(event.fields, utcZone);
  const last = end ?? endless;
  if (!isFloating(event.fields)) return { start, end: last };
  return { start: (start - eastMs) as Instant, end: last === endless ? last : ((last + westMs) as Instant) };
}

/** Whether any of an event's times depends on the zone of its reader. */
export function isFloating(fields: EventFields): boolean {
  const floats = (time: EventTime) => time.kind !== 'zoned';
  if (floats(fields.start) || floats(fields.end)) return true;
  return Object.values(fields.instances).some((i) => i !== 'cancelled' && (floats(i.start) || floats(i.end)));
}

/**
 * From the wide extent of a floating event to the stretch that it covers in every zone. Absence in a listing counts
 * only for a copy that was surely inside the window, so here the narrow side is the safe one; `start` may lie after `end`.
 */
export function narrowed(extent: Span, floating: boolean): Span {
  if (!floating) return extent;
  const start = (extent.start + eastMs + westMs) as Instant;
  return { start, end: extent.end === endless ? endless : ((extent.end - eastMs - westMs) as Instant) };
}

/** The keys under which a feed finds this event; see `linkKey` and `ownKey`. */
export function linkKeysOf(event: Event): string[] {
  const keys = event.links.map((link) =>
    link.remoteId === null ? ownKey(link.calendarId, link.createId) : linkKey(link.calendarId, link.remoteId),
  );
  return [...new Set(keys)];
}

/** A debt of an event: to whom, and from when on it may be tried (0: at once). */
export interface Debt {
  readonly to: CalendarId;
  readonly from: Instant;
}

export function owedTo(event: Event): Debt[] {
  const debts = new Map<CalendarId, Debt>();
  for (const link of event.links) {
    if (!owes(event, link)) continue;
    const from = link.retryAt ?? (0 as Instant);
    if (from < (debts.get(link.calendarId)?.from ?? Infinity))
      debts.set(link.calendarId, { to: link.calendarId, from });
  }
  return [...debts.values()];
}

/** Rows behind the version: the day sheets still show an older state. */
export const owesRows = (event: Event): boolean => event.sheetVersion < event.version;

/** Where the rows of a live series end although it goes on; null when nothing is left to cover. */
export function coverEndOf(event: Event, extent: Span): Instant | null {
  if (event.fields.series === null || event.deletedAt !== null) return null;
  const covered = event.coveredUntil ?? (0 as Instant);
  return covered < extent.end ? covered : null;
}

/** Links whose copy should be at the provider; a tombstone's copy is there until its removal is settled. */
export function isLiveLink(
  event: Pick<Event, 'version' | 'deletedAt'>,
  link: Pick<CalendarLink, 'state' | 'remoteId' | 'settledVersion' | 'stamp'>,
): boolean {
  if (link.remoteId === null || link.state === 'unlinked') return false;
  // A refused write leaves the copy where it is; a copy that is known to be gone keeps its id and has no stamp.
  if (link.state === 'refused') return link.stamp !== null;
  return event.deletedAt === null || link.settledVersion < event.version;
}

type LinkedEvent = Pick<Event, 'id' | 'tenantId' | 'version' | 'deletedAt'> & {
  readonly links: readonly Pick<CalendarLink, 'calendarId' | 'state' | 'remoteId' | 'settledVersion' | 'stamp'>[];
};
/** The live links of an event in a calendar; `span` is `narrowed`. */
export function linkRowsOf(event: LinkedEvent, calendarId: CalendarId, span: Span): LinkRow[] {
  return event.links.flatMap((link) =>
    link.calendarId === calendarId && link.remoteId !== null && isLiveLink(event, link)
      ? [
          {
            eventId: event.id,
            tenantId: event.tenantId,
            remoteId: link.remoteId,
            spanStart: span.start,
            spanEnd: span.end,
          },
        ]
      : [],
  );
}

export const liveRows = (rows: readonly SheetRow[], now: Instant): SheetRow[] =>
  rows.filter((row) => isLive(row, now)).sort(byStart);

const byStart = (a: SheetRow, b: SheetRow): number =>
  a.start - b.start || a.end - b.end || (a.claim < b.claim ? -1 : a.claim > b.claim ? 1 : 0);

/** What a claim makes of a sheet's rows. `kept`: the claim was won before, nothing is to be written. */
export type ClaimPlan =
  | { readonly kind: 'add'; readonly rows: readonly SheetRow[] }
  | { readonly kind: 'kept' }
  | { readonly kind: 'taken'; readonly by: readonly SheetRow[] };

const sameStretch = (a: SheetRow, b: SheetRow): boolean =>
  a.claim === b.claim && a.start === b.start && a.end === b.end;

/** Adds the row where, with the live rows of other claims, never more than `capacity` are in use. */
export function planClaim(rows: readonly SheetRow[], row: SheetRow, capacity: number, now: Instant): ClaimPlan {
  const live = rows.filter((r) => isLive(r, now));
  const mine = live.find((r) => sameStretch(r, row));
  if (mine !== undefined && (sameValue(mine, row) || mine.version > row.version)) return { kind: 'kept' };
  const others = live.filter((r) => r.claim !== row.claim);
  const by = crowding(row, others, capacity);
  if (by.length > 0 || row.quantity > capacity) return { kind: 'taken', by: [...by].sort(byStart) };
  return { kind: 'add', rows: [...rows.filter((r) => !sameStretch(r, row)), row] };
}

/**
 * The rows of a sheet after `claim` put `rows` there, or null when nothing changes. `version` is the state of the event
 * that the rows were made from; without it the highest one among them counts, and an empty list clears everything.
 * A firm row of a newer version shows that this writer is late: then nothing is touched, since rows that a later state
 * left as they were keep their old version and must not be cleared away by somebody who knows less.
 */
export function planPut(
  existing: readonly SheetRow[],
  claim: ClaimId,
  rows: readonly SheetRow[],
  version: number | undefined,
): readonly SheetRow[] | null {
  const made = version ?? (rows.length === 0 ? Infinity : Math.max(...rows.map((row) => row.version)));
  const own = existing.filter((row) => row.claim === claim);
  const newer = own.filter((row) => row.version > made);
  if (newer.some((row) => row.firm)) return null;
  const next = [...newer, ...rows].sort(byStart);
  if (sameValue([...own].sort(byStart), next)) return null;
  return [...existing.filter((row) => row.claim !== claim), ...next];
}

/** Rows after the hold `from` became `to`; `kept`: that happened before; null: the hold has ended or `to` outgrows it. */
export function planTransfer(
  rows: readonly SheetRow[],
  from: ClaimId,
  to: SheetRow,
  now: Instant,
): readonly SheetRow[] | 'kept' | null {
  const held = rows.find(
    (row) =>
      row.claim === from &&
      isLive(row, now) &&
      row.start <= to.start &&
      to.end <= row.end &&
      to.quantity <= row.quantity,
  );
  if (held !== undefined) return [...rows.filter((row) => row.claim !== from && !sameStretch(row, to)), to];
  return rows.some((row) => sameStretch(row, to) && isLive(row, now)) ? 'kept' : null;
}

/** Only the settings, whatever else the caller's object carries. */
export const settingsOf = (s: CalendarSettings): Pick<Calendar, keyof CalendarSettings> => ({
  role: s.role,
  share: s.share,
  mirror: s.mirror,
  busyRules: s.busyRules,
  policy: s.policy,
  ownRules: s.ownRules,
  copies: s.copies ?? null,
  state: s.state,
  name: s.name,
});

/** These channels, each with the newest hint of its earlier self: hints come while a visit works. */
export const withHints = (channels: readonly PushChannel[], stored: readonly PushChannel[]): PushChannel[] =>
  channels.map((channel) => {
    const hintAt = stored.find((c) => c.id === channel.id)?.lastHintAt ?? null;
    return hintAt === null ? channel : { ...channel, lastHintAt: Math.max(hintAt, channel.lastHintAt ?? 0) as Instant };
  });

/** How long an answer is kept for its `Idempotency-Key`. */
export const keepAnswerMs = 86_400_000;

/** Within a lane by what happened first; two steps of one version by when they were told. */
export const inLaneOrder = (a: Delivery, b: Delivery): number =>
  a.order - b.order || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
