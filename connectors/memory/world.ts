/** A calendar server in memory: copies with stamps, a numbered history, and knobs for everything that real servers do wrong. */
import type { Mark, RemoteEvent } from '../../src/domain/connector.ts';
import type { EventFields } from '../../src/domain/event.ts';
import type { RemoteId, RemoteStamp } from '../../src/domain/ids.ts';
import { asRemoteId, asRemoteStamp } from '../../src/domain/ids.ts';
import type { Span, Zone } from '../../src/domain/time.ts';

/** One copy as the server holds it. */
export interface Item {
  readonly remoteId: RemoteId;
  readonly createId: string | null;
  readonly fields: EventFields;
  readonly mark: Mark | null;
  readonly stamp: RemoteStamp;
  /** Place of its last change in the history. */
  readonly seq: number;
  readonly isGone: boolean;
  /** Not to be read as an event; the reason. */
  readonly garbage: string | null;
}

/** What the server does to its callers. Everything may be changed at any time. */
export interface Knobs {
  /** How the server words what it is given; must be idempotent and known to the connector's `project`. */
  reword: (fields: EventFields) => EventFields;
  /** Rewording that nobody could foresee; shows only in what is read back. */
  surprise: (fields: EventFields) => EventFields;
  stamps: 'counter' | 'content' | 'random';
  /** So many changes at the end of the history do not show in feeds yet. */
  feedLag: number;
  /** So many changes before the cursor are told again. */
  feedRepeat: number;
  /** The next listings are empty although the calendar is not. */
  emptyListings: number;
  /** The next listings end after half of what is there, and say that they are complete. */
  shortListings: number;
  /** The next change feeds repeat their first page for ever. */
  endlessFeeds: number;
  /** The next guarded writes are told that their stamp is old. */
  storms: number;
  /** The next writes are done, and their answers get lost. */
  lostAnswers: number;
  /** The next requests never arrive. */
  lostRequests: number;
  /** The next creates find their id taken for ever. */
  burnt: number;
  /** Writes are answered without the copy: neither stamp nor wording. */
  isBlind: boolean;
  /** The next changes leave the copy's stamp as it was. */
  frozenStamps: number;
  /** The next writes are refused with this reason. */
  refuse: { times: number; why: string };
  pageSize: number;
  /** Awaited before each call takes effect (`call`) and after it (`call done`). */
  gate: (call: string) => Promise<void>;
}

export const kindKnobs = (): Knobs => ({
  reword: (fields) => fields,
  surprise: (fields) => fields,
  stamps: 'counter',
  feedLag: 0,
  feedRepeat: 0,
  emptyListings: 0,
  shortListings: 0,
  endlessFeeds: 0,
  storms: 0,
  lostAnswers: 0,
  lostRequests: 0,
  burnt: 0,
  isBlind: false,
  frozenStamps: 0,
  refuse: { times: 0, why: '' },
  pageSize: 100,
  gate: async () => {},
});

export interface MemoryCalendar {
  readonly remoteId: RemoteId;
  readonly name: string;
  readonly zone: Zone | null;
  readonly canWrite: boolean;
  readonly items: Map<RemoteId, Item>;
  /** Where the copy of a create is, for repeated ones. */
  readonly created: Map<string, RemoteId>;
  readonly knobs: Knobs;
  /** Number of the last change. */
  seq: number;
  /** Cursors from before this era are lost. */
  era: number;
  /** Calls that arrived, by kind. */
  readonly calls: Record<'pull' | 'read' | 'write', number>;
  /** The collection itself was deleted. */
  isGone: boolean;
  /** How often copies were shown; makes random stamps differ at every look. */
  looks: number;
}

export interface World {
  readonly calendars: Map<RemoteId, MemoryCalendar>;
  /** Requests are answered with this fault until it is null again. */
  down: (() => Error) | null;
}

export const makeWorld = (): World => ({ calendars: new Map(), down: null });

export function addCalendar(
  world: World,
  name: string,
  o: { readonly zone?: Zone | null; readonly canWrite?: boolean } = {},
): MemoryCalendar {
  const calendar: MemoryCalendar = {
    remoteId: asRemoteId(`/${name}/`),
    name,
    zone: o.zone ?? null,
    canWrite: o.canWrite ?? true,
    items: new Map(),
    created: new Map(),
    knobs: kindKnobs(),
    seq: 0,
    era: 0,
    calls: { pull: 0, read: 0, write: 0 },
    isGone: false,
    looks: 0,
  };
  world.calendars.set(calendar.remoteId, calendar);
  return calendar;
}

/** Writes a copy (or its end) into the calendar; the only place where its history grows. */
export function store(
  calendar: MemoryCalendar,
  item: Pick<Item, 'remoteId' | 'createId' | 'fields' | 'mark'> & Partial<Pick<Item, 'isGone' | 'garbage'>>,
): Item {
  calendar.seq += 1;
  const { knobs, seq } = calendar;
  const fields = knobs.surprise(knobs.reword(item.fields));
  const stamp = stampFor(calendar, item.remoteId, fields);
  const next: Item = { garbage: null, isGone: false, ...item, fields, stamp, seq };
  calendar.items.set(item.remoteId, next);
  if (item.createId !== null) calendar.created.set(item.createId, item.remoteId);
  return next;
}

function stampFor(calendar: MemoryCalendar, id: RemoteId, fields: EventFields): RemoteStamp {
  const { knobs, seq } = calendar;
  const known = calendar.items.get(id);
  if (known !== undefined && knobs.frozenStamps > 0) {
    knobs.frozenStamps -= 1;
    return known.stamp;
  }
  if (knobs.stamps === 'content') return asRemoteStamp(`c${contentHash(fields)}`);
  return asRemoteStamp(knobs.stamps === 'random' ? `r${seq}` : `s${seq}`);
}

export const visible = (calendar: MemoryCalendar, id: RemoteId): Item | null => {
  const item = calendar.items.get(id);
  return item === undefined || item.isGone ? null : item;
};

/** What a caller is shown. Random stamps are other ones at every look. */
export function shown(calendar: MemoryCalendar, item: Item): RemoteEvent {
  const { remoteId, createId, fields, mark } = item;
  return { remoteId, createId, stamp: stampShown(calendar, item), fields, mark };
}

function stampShown(calendar: MemoryCalendar, item: Item): RemoteStamp {
  if (calendar.knobs.stamps !== 'random') return item.stamp;
  calendar.looks += 1;
  return asRemoteStamp(`${item.stamp}?${calendar.looks}`);
}

/** Whether a stamp that a caller holds is the copy's; of a random one only its first part counts. */
export const holdsStamp = (item: Item, stamp: RemoteStamp): boolean => stamp.split('?')[0] === item.stamp;

/** Whether a listing of this window shows the span; both edges are half-open. */
export const touches = (span: Span, window: Span): boolean =>
  span.start < window.end && (span.end > window.start || (span.start === span.end && span.start >= window.start));

function contentHash(value: unknown): string {
  const text = JSON.stringify(value);
  let h = 2166136261;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return (h >>> 0).toString(36);
}
