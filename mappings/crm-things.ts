/** Resources, holds, slots, conflicts and journal lines as REST shows them. */
import { bookingIdOf } from '../src/domain/ids.ts';
import type { Choice, Conflict, ConflictKind } from '../src/domain/policy.ts';
import { choicesOf } from '../src/domain/policy.ts';
import type { Hold, Resource, ResourceKind, Slot, Weekday } from '../src/domain/resource.ts';
import type { Takes } from '../src/domain/takes.ts';
import { isPadded } from '../src/domain/takes.ts';
import type { ApiKey, JournalLine, Scope, Tenant } from '../src/domain/tenant.ts';
import type { Instant, Zone } from '../src/domain/time.ts';
import { formatDuration, formatInstant } from '../src/domain/time.ts';
import { sayWhen } from './crm-speech.ts';

const show = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));

export interface SlotView {
  start: string;
  end: string;
  resourceIds: string[];
  quantities?: Record<string, number>;
  tentative?: boolean;
  sentence?: string;
}
/** How times are read out. */
export interface Speech {
  readonly zone: Zone;
  readonly language: string;
}
/** @param speech null leaves the sentence out */
export const showSlot = (slot: Slot, speech: Speech | null): SlotView => ({
  start: formatInstant(slot.start),
  end: formatInstant(slot.end),
  resourceIds: [...slot.resourceIds],
  ...(slot.units === undefined ? {} : { quantities: { ...slot.units } }),
  ...(slot.isTentative === true ? { tentative: true } : {}),
  ...(speech === null ? {} : { sentence: sayWhen(slot, speech.zone, speech.language) }),
});

export interface TakesView {
  buffers?: { before: string; after: string };
  quantities?: Record<string, number>;
}
/** Pads and units, each only where there are any. */
export function showTakes(takes: Takes | undefined): TakesView {
  if (takes === undefined) return {};
  const { beforeMs, afterMs, units } = takes;
  return {
    ...(isPadded(takes) ? { buffers: { before: formatDuration(beforeMs), after: formatDuration(afterMs) } } : {}),
    ...(Object.keys(units).length === 0 ? {} : { quantities: { ...units } }),
  };
}

export interface ResourceView {
  id: string;
  version: number;
  kind: ResourceKind;
  name: string;
  timeZone: string;
  quantity: number;
  skills: { skill: string; level: number | null; validUntil: string | null }[];
  territoryIds: string[];
  home: { lat: number; lng: number; address: string | null } | null;
  workingHours: { days: Weekday[]; from: string; to: string }[];
  overrides: { date: string; spans: { from: string; to: string }[] }[];
  limits: Record<string, number>;
  email: string | null;
  phone: string | null;
  externalRef: string | null;
  createdAt: string;
}
export function showResource(r: Resource): ResourceView {
  return {
    id: r.id,
    version: r.version,
    kind: r.kind,
    name: r.name,
    timeZone: r.zone,
    quantity: r.quantity,
    skills: r.skills.map((s) => ({ skill: s.skill, level: s.level, validUntil: s.validUntil })),
    territoryIds: [...r.territoryIds],
    home: r.home,
    workingHours: r.workingHours.map((h) => ({ days: [...h.days], from: h.from, to: h.to })),
    overrides: r.overrides.map((o) => ({ date: o.date, spans: o.spans.map((s) => ({ from: s.from, to: s.to })) })),
    limits: { ...r.limits },
    email: r.email,
    phone: r.phone,
    externalRef: r.externalRef,
    createdAt: formatInstant(r.createdAt),
  };
}

export interface HoldView extends TakesView {
  id: string;
  start: string;
  end: string;
  resourceIds: string[];
  note: string | null;
  offerId: string | null;
  expiresAt: string;
  createdAt: string;
}
export const showHold = (hold: Hold): HoldView => ({
  id: hold.id,
  start: formatInstant(hold.span.start),
  end: formatInstant(hold.span.end),
  resourceIds: [...hold.resourceIds],
  ...showTakes(hold.takes),
  note: hold.note,
  offerId: hold.offerId ?? null,
  expiresAt: formatInstant(hold.expiresAt),
  createdAt: formatInstant(hold.createdAt),
});

export interface ConflictView {
  id: string;
  version: number;
  state: 'open' | 'resolved';
  kind: ConflictKind;
  bookingId: string | null;
  eventId: string;
  otherEventId: string | null;
  resourceId: string | null;
  calendarId: string | null;
  unit: string | null;
  ours: string | null;
  theirs: string | null;
  oursAt: string | null;
  theirsAt: string | null;
  sentence: string;
  choices: Choice[];
  alternatives: SlotView[];
  openedAt: string;
  resolvedAt: string | null;
  choice: Choice | null;
}
export const showConflict = (c: Conflict): ConflictView => ({
  id: c.id,
  version: c.version,
  state: c.state,
  kind: c.kind,
  bookingId: c.isBooking ? bookingIdOf(c.eventId) : null,
  eventId: c.eventId,
  otherEventId: c.other?.eventId ?? null,
  resourceId: c.resourceId,
  calendarId: c.calendarId,
  unit: c.unit,
  ours: c.ours,
  theirs: c.theirs,
  oursAt: show(c.oursAt),
  theirsAt: show(c.theirsAt),
  sentence: c.sentence,
  choices: c.state === 'open' ? [...choicesOf(c)] : [],
  alternatives: c.alternatives.map((slot) => showSlot(slot, null)),
  openedAt: formatInstant(c.openedAt),
  resolvedAt: show(c.resolvedAt),
  choice: c.choice,
});

/** A line of the stream, in the form that webhooks have as well. */
export const showHappening = (line: JournalLine) => ({
  type: line.kind,
  timestamp: formatInstant(line.at),
  data: {
    eventId: line.eventId,
    bookingId: line.eventId !== null && line.kind.startsWith('booking.') ? bookingIdOf(line.eventId) : null,
    calendarId: line.calendarId,
    resourceIds: [...line.resourceIds],
    version: line.version,
    text: line.text,
  },
});

export interface TenantView {
  id: string;
  name: string;
  createdAt: string;
}
export const showTenant = (t: Tenant): TenantView => ({
  id: t.id,
  name: t.name,
  createdAt: formatInstant(t.createdAt),
});

export interface KeyView {
  id: string;
  name: string;
  scopes: Scope[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
}
/** Never the key itself nor its hash. */
export const showKey = (k: ApiKey): KeyView => ({
  id: k.id,
  name: k.name,
  scopes: [...k.scopes],
  createdAt: formatInstant(k.createdAt),
  expiresAt: show(k.expiresAt),
  revokedAt: show(k.revokedAt),
});
