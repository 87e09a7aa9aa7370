/** Branded identifiers: only this file makes them, so that a CalendarId can never stand where an EventId is meant. */
import { createHash, randomBytes } from 'node:crypto';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type TenantId = Brand<string, 'TenantId'>;
export type ResourceId = Brand<string, 'ResourceId'>;
export type ConnectionId = Brand<string, 'ConnectionId'>;
export type CalendarId = Brand<string, 'CalendarId'>;
export type EventId = Brand<string, 'EventId'>;
export type BookingId = Brand<string, 'BookingId'>;
export type HoldId = Brand<string, 'HoldId'>;
export type OfferId = Brand<string, 'OfferId'>;
export type ConflictId = Brand<string, 'ConflictId'>;
export type KeyId = Brand<string, 'KeyId'>;
export type WebhookId = Brand<string, 'WebhookId'>;
/** One message to one webhook; the same however often it is sent. */
export type DeliveryId = Brand<string, 'DeliveryId'>;
/** A calendar or event id as the provider spells it; opaque (CalDAV: the server's href). */
export type RemoteId = Brand<string, 'RemoteId'>;
/** The provider's opaque version of one copy (etag, change key); compared for equality, never for order. */
export type RemoteStamp = Brand<string, 'RemoteStamp'>;
/** Who holds a row of a day sheet: an event id or a hold id. */
export type ClaimId = Brand<string, 'ClaimId'>;
/** Names one write for ever: the same write tried again carries the same key. */
export type IdempotencyKey = Brand<string, 'IdempotencyKey'>;

/** The prefixes of the public contract. A booking and its event share the random part. */
export const idPrefix = {
  tenant: 'ten_',
  resource: 'res_',
  connection: 'con_',
  calendar: 'cal_',
  event: 'evt_',
  booking: 'bkg_',
  hold: 'hld_',
  offer: 'off_',
  conflict: 'cnf_',
  key: 'key_',
  webhook: 'whk_',
  delivery: 'msg_',
} as const;

interface IdByKind {
  tenant: TenantId;
  resource: ResourceId;
  connection: ConnectionId;
  calendar: CalendarId;
  event: EventId;
  booking: BookingId;
  hold: HoldId;
  offer: OfferId;
  conflict: ConflictId;
  key: KeyId;
  webhook: WebhookId;
  delivery: DeliveryId;
}
export type IdKind = keyof IdByKind;

/** A fresh id: prefix and 20 characters of base32hex (100 random bits). */
export function newId<K extends IdKind>(kind: K): IdByKind[K] {
  return (idPrefix[kind] + base32hex(randomBytes(13)).slice(0, 20)) as IdByKind[K];
}

/** The same parts always give the same id; used where a repeated request must find its earlier self. */
export function derivedId<K extends IdKind>(kind: K, ...parts: readonly string[]): IdByKind[K] {
  return (idPrefix[kind] + hash(...parts).slice(0, 20)) as IdByKind[K];
}

/** Takes a string from outside as an id of this kind, or null when its form is wrong. */
export function parseId<K extends IdKind>(kind: K, text: string): IdByKind[K] | null {
  return text.startsWith(idPrefix[kind]) && /^[a-z]{3}_[0-9a-z-]{1,64}$/.test(text) ? (text as IdByKind[K]) : null;
}

/** The tenant that a single business uses without ever naming it. */
export const defaultTenantId = 'ten_default' as TenantId;

export const asRemoteId = (text: string): RemoteId => text as RemoteId;
export const asRemoteStamp = (text: string): RemoteStamp => text as RemoteStamp;
export const claimOfEvent = (id: EventId): ClaimId => id as string as ClaimId;
export const claimOfHold = (id: HoldId): ClaimId => id as string as ClaimId;
export const bookingIdOf = (id: EventId): BookingId =>
  (idPrefix.booking + id.slice(idPrefix.event.length)) as BookingId;
export const eventIdOf = (id: BookingId): EventId => (idPrefix.event + id.slice(idPrefix.booking.length)) as EventId;

/**
 * The id under which our copy of an event is created in a calendar: deterministic, so that a create whose answer was
 * lost finds itself again. `generation` grows when an id is burnt or the copy is restored. Only `0-9a-v`, as Google
 * demands of client-made event ids (base32hex); it also serves as file name and UID stem in CalDAV.
 */
export function createIdFor(event: EventId, calendar: CalendarId, generation: number): string {
  return hash('create', event, calendar, String(generation)).slice(0, 32);
}

/** Key of one write: event, calendar, the version it brings over and its kind. */
export function idempotencyKey(
  event: EventId,
  calendar: CalendarId,
  version: number,
  kind: 'put' | 'remove',
  generation: number,
): IdempotencyKey {
  return hash('write', event, calendar, String(version), kind, String(generation)).slice(0, 32) as IdempotencyKey;
}

/** Where a copy lives: unique over all events, looked up for every change of a feed. */
export const linkKey = (calendar: CalendarId, remoteId: RemoteId): string => `${calendar}|${remoteId}`;
/** Stands in for the link key until the provider has told the copy's remote id. */
export const ownKey = (calendar: CalendarId, createId: string): string => `${calendar}|~${createId}`;

/** Spreads calendars over the sweeps: a number below 64, stable for an id. */
export function partitionOf(id: string): number {
  return createHash('sha256').update(id).digest()[0]! % 64;
}

/** A short name for a value, for comparing only: 50 bits. */
export const fingerprint = (...parts: readonly string[]): string => hash(...parts).slice(0, 10);

function hash(...parts: readonly string[]): string {
  return base32hex(createHash('sha256').update(parts.join('\u0000')).digest());
}

const alphabet = '0123456789abcdefghijklmnopqrstuv';
function base32hex(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let out = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      out += alphabet[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? out + alphabet[(value << (5 - bits)) & 31] : out;
}
