/** `calendarList.*`, `calendars.get` and the user's settings. */
import type { JsonObject } from '../kit/json.ts';
import { compact } from '../kit/json.ts';
import type { Params } from './contract.ts';
import type { Account, Calendar, ListEntry } from './model.ts';
import { atLeast, roles } from './model.ts';
import { breach, refusal } from './refusal.ts';
import { askedFor, numberAt, seal, unseal } from './tokens.ts';
import type { World } from './world.ts';

const questions = ['minAccessRole', 'showDeleted', 'showHidden', 'showOwnOrganizationOnly', 'syncToken'];

export function listCalendars(world: World, account: Account, params: Params, pageCap: number | null): JsonObject {
  const question = askedFor(params, questions);
  const page = params.has('pageToken') ? unseal(params.text('pageToken')!, 'page') : null;
  if (page !== null && page.question !== question) {
    throw breach('invalid', 'A page token goes with exactly the request that it came from.');
  }
  const since = params.has('syncToken') ? sinceOf(account, params) : null;
  const wished = params.number('maxResults') ?? 100;
  if (wished > 250) throw breach('invalidParameter', `Invalid value '${wished}' for maxResults: at most 250.`);
  const size = Math.min(wished, pageCap ?? wished);
  const from = page === null ? account.listRevision : numberAt(page, 'from');
  const least = roles.find((role) => role === params.text('minAccessRole')) ?? 'none';
  const shown = [...account.list.values()]
    .filter((entry) => (since === null ? isShown(entry, params) : entry.changedAt > since))
    .filter((entry) => entry.isDeleted || atLeast(entry.role, least))
    .sort((a, b) => a.changedAt - b.changedAt)
    .filter((entry) => entry.changedAt > (page === null ? 0 : numberAt(page, 'after')));
  const items = shown.slice(0, size);
  const next =
    shown.length > size
      ? { nextPageToken: seal({ kind: 'page', question, from, after: items.at(-1)!.changedAt }) }
      : { nextSyncToken: seal({ kind: 'sync', list: account.email, revision: from, epoch: account.listEpoch }) };
  const head = { kind: 'calendar#calendarList', etag: `"p${account.listRevision}"` };
  return { ...head, ...next, items: items.map((entry) => entryJson(world, entry)) };
}

function isShown(entry: ListEntry, params: Params): boolean {
  return (!entry.isDeleted || params.flag('showDeleted')) && (!entry.isHidden || params.flag('showHidden'));
}

function sinceOf(account: Account, params: Params): number {
  for (const name of ['minAccessRole', 'showOwnOrganizationOnly']) {
    if (params.has(name)) throw breach('badRequest', `Sync token cannot be used with ${name}.`);
  }
  const token = unseal(params.text('syncToken')!, 'sync');
  if (token.list !== account.email) throw breach('invalid', 'The sync token is of another list.');
  if (numberAt(token, 'epoch') < account.listEpoch) throw refusal('fullSyncRequired');
  return numberAt(token, 'revision');
}

export function entryJson(world: World, entry: ListEntry): JsonObject {
  const head = { kind: 'calendar#calendarListEntry', etag: `"l${entry.changedAt}"`, id: entry.calendarId };
  const calendar = world.calendars.get(entry.calendarId);
  if (entry.isDeleted || calendar === undefined) return { ...head, deleted: true };
  return compact({
    ...head,
    summary: calendar.name,
    timeZone: calendar.zone,
    colorId: '14',
    backgroundColor: '#9fe1e7',
    foregroundColor: '#000000',
    hidden: entry.isHidden || undefined,
    selected: entry.isHidden ? undefined : true,
    accessRole: entry.role,
    defaultReminders: entry.role === 'owner' ? [{ method: 'popup', minutes: 10 }] : [],
    primary: entry.isPrimary || undefined,
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
    dataOwner: entry.isPrimary ? undefined : calendar.owner,
  });
}

export const calendarJson = (calendar: Calendar): JsonObject => ({
  kind: 'calendar#calendar',
  etag: `"c${calendar.revision}"`,
  id: calendar.id,
  summary: calendar.name,
  timeZone: calendar.zone,
  conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
});

const settingsOf = (account: Account): Readonly<Record<string, string>> => ({
  timezone: account.zone,
  locale: 'en',
  weekStart: '1',
  format24HourTime: 'true',
});

const settingJson = (id: string, value: string): JsonObject => ({ kind: 'calendar#setting', etag: '"1"', id, value });

export const listSettings = (account: Account): JsonObject => ({
  kind: 'calendar#settings',
  etag: '"1"',
  items: Object.entries(settingsOf(account)).map(([id, value]) => settingJson(id, value)),
  nextSyncToken: seal({ kind: 'sync', settings: account.email }),
});

export function getSetting(account: Account, id: string): JsonObject {
  const value = settingsOf(account)[id];
  if (value === undefined) throw refusal('notFound');
  return settingJson(id, value);
}
