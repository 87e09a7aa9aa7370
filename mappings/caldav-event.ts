/** The plain fields of one VEVENT: texts, busy, answer, status and privacy. */
import type { Mark } from '../src/domain/connector.ts';
import type { Busy, InstanceFields, Privacy, Response, Status } from '../src/domain/event.ts';
import { parseId } from '../src/domain/ids.ts';
import type { EventTime } from '../src/domain/time.ts';
import type { Component } from './caldav-lines.ts';
import { all, contentOf, parameter, valueIn } from './caldav-lines.ts';
import { readText } from './caldav-values.ts';

export const markName = 'X-INTERLOCK-MARK';
export const busyStatusName = 'X-MICROSOFT-CDO-BUSYSTATUS';

/** `owners` are the addresses of the calendar's owner, lower case and without `mailto:`. */
export function readOwn(
  event: Component,
  [start, end]: readonly [EventTime, EventTime],
  owners: ReadonlySet<string>,
): InstanceFields {
  const answer = answerOf(event, owners);
  return {
    title: readText(valueIn(event, 'SUMMARY')),
    description: readText(valueIn(event, 'DESCRIPTION')),
    location: readText(valueIn(event, 'LOCATION')),
    start,
    end,
    busy: busyOf(event, answer),
    response: responses[answer ?? ''] ?? 'unanswered',
    status: statusOf(event),
    privacy: privacyOf(event),
  };
}

/** PARTSTAT of the owner, upper case; null when the owner is not invited. */
function answerOf(event: Component, owners: ReadonlySet<string>): string | null {
  if (owners.size === 0) return null;
  for (const line of all(event, 'ATTENDEE')) {
    const named = [contentOf(line), parameter(line, 'EMAIL') ?? ''].map(addressOf);
    if (named.some((address) => owners.has(address))) {
      return (parameter(line, 'PARTSTAT') ?? 'NEEDS-ACTION').trim().toUpperCase();
    }
  }
  return null;
}

export const addressOf = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/^mailto:/, '');

/** Whoever passes an invitation on does not come; a promise with reserve still is one (`busy` says `tentative`). */
const responses: Readonly<Record<string, Response>> = {
  '': 'none',
  ACCEPTED: 'accepted',
  TENTATIVE: 'accepted',
  COMPLETED: 'accepted',
  'IN-PROCESS': 'accepted',
  DECLINED: 'declined',
  DELEGATED: 'declined',
};

/** TRANSP decides between free and not; Outlook's property refines it, and speaks alone where TRANSP is missing. */
function busyOf(event: Component, answer: string | null): Busy {
  const transparency = keyword(event, 'TRANSP');
  const detail = keyword(event, busyStatusName);
  if (transparency === 'TRANSPARENT' || (transparency === '' && detail === 'FREE')) return 'free';
  if (detail === 'TENTATIVE' || (detail === '' && answer === 'TENTATIVE')) return 'tentative';
  return detail === 'OOF' ? 'away' : 'busy';
}

export function statusOf(event: Component): Status {
  const status = keyword(event, 'STATUS');
  return status === 'CANCELLED' ? 'cancelled' : status === 'TENTATIVE' ? 'tentative' : 'confirmed';
}

/** An unknown class is to be treated as private (RFC 5545 section 3.8.1.3). */
export function privacyOf(event: Component): Privacy {
  const value = keyword(event, 'CLASS');
  return value === '' || value === 'PUBLIC' ? 'default' : 'private';
}

const keyword = (event: Component, name: string): string => valueIn(event, name).trim().toUpperCase();

export const uidIn = (event: Component): string => valueIn(event, 'UID').trim();

export function readMark(event: Component): Mark | null {
  const m = /^([^;\\]+)\\?;(\d{1,15})$/.exec(valueIn(event, markName).trim());
  const eventId = m === null ? null : parseId('event', m[1]!);
  return eventId === null ? null : { eventId, version: Number(m![2]) };
}

/** The UID of an object that we create. */
export const ownUid = (createId: string): string => `${createId}@interlock`;

export function createIdOf(uid: string): string | null {
  return /^([0-9a-v]{1,64})@interlock$/.exec(uid)?.[1] ?? null;
}
