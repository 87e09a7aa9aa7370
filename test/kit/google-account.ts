/** An account of the Google simulator, opened by the connector, with its owner at the phone. */
import { type GoogleOptions, googleConnector } from '../../connectors/google/index.ts';
import { insertBody, projectGoogle } from '../../mappings/google.ts';
import {
  type GoogleSimulator,
  type GoogleSimulatorOptions,
  sandboxClient,
  startGoogleSimulator,
} from '../../sandbox/google/server.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { Connector, OpenConnection } from '../../src/domain/connector.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { asRemoteId, type EventId } from '../../src/domain/ids.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Zone } from '../../src/domain/time.ts';
import type { Person } from '../contract/connector.ts';
import { aConnection, at } from './builders.ts';
import { fakeClock } from './clock.ts';

export const owner = 'ana@example.com';
export const berlin = 'Europe/Berlin' as Zone;

/** Stands still, but nobody waits: a sleeper wakes at once, and the time that he slept has passed. */
export function eagerClock(): Clock & { advance(ms: number): void } {
  const clock = fakeClock(at('2027-05-20T08:00:00Z'));
  return {
    ...clock,
    async sleep(ms) {
      clock.advance(ms);
    },
  };
}

export interface GoogleAccount {
  readonly google: GoogleSimulator;
  readonly connector: Connector;
  readonly connection: OpenConnection;
  readonly calendar: RemoteCalendar;
  readonly person: Person;
  readonly clock: ReturnType<typeof eagerClock>;
  /** The credentials as they are stored now. */
  secret(): unknown;
  /** Puts other credentials there, as a new consent does. */
  store(secret: unknown): void;
  /** How often they were renewed. */
  renewals(): number;
  /** Opens the account once more, as another process would. */
  reopen(): OpenConnection;
  /** Everything that the connector asked for and that Google would have refused or not understood. */
  violations(): readonly string[];
  stop(): Promise<void>;
}

export async function aGoogleAccount(
  o: GoogleSimulatorOptions & Pick<GoogleOptions, 'limits' | 'quotas'> = {},
): Promise<GoogleAccount> {
  const clock = eagerClock();
  const google = await startGoogleSimulator({ now: () => clock.now(), ...o });
  google.control.account({ email: owner, name: 'Ana', timeZone: berlin });
  const { refreshToken } = google.control.tokens({ account: owner });
  const config = { client: sandboxClient, apiUrl: google.url, authUrl: google.url, tokenUrl: google.url };
  const connector = googleConnector({ google: config, ...o });
  let secret: unknown = { kind: 'consent', refreshToken, access: null };
  let renewals = 0;
  const open = () =>
    connector.open(aConnection({ provider: 'google', account: owner }), {
      clock,
      log: silentLog,
      secret,
      saveSecret: async (next) => {
        secret = next;
      },
      async renewSecret(renew) {
        renewals += 1;
        secret = await renew(secret);
        return secret;
      },
    });
  const connection = open();
  return {
    ...{ google, connector, connection, clock },
    calendar: { remoteId: asRemoteId(owner), name: owner, zone: berlin, canWrite: true },
    person: phoneOf(google),
    secret: () => secret,
    store(next) {
      secret = next;
    },
    renewals: () => renewals,
    reopen: open,
    violations: () => google.control.violations().violations.map(({ method, what }) => `${method}: ${what}`),
    async stop() {
      await connection.close();
      await google.close();
    },
  };
}

function phoneOf({ control }: GoogleSimulator): Person {
  const calendarId = owner;
  const wish = (fields: EventFields) => {
    const body = insertBody(projectGoogle(fields, berlin), {
      id: 'x',
      mark: { eventId: 'evt_x' as EventId, version: 1 },
    });
    const { summary: title = '', start, end, recurrence, description = '', location = '', transparency = '' } = body;
    const text = (time: typeof start) => time?.dateTime ?? time?.date ?? '';
    const times = { start: text(start), end: text(end) };
    return { title, ...times, recurrence: recurrence ?? [], fields: { description, location, transparency } };
  };
  return {
    create: async (fields) => asRemoteId(control.phoneCreate({ calendarId, ...wish(fields) }).id),
    async edit(eventId, fields) {
      const { recurrence, ...rest } = wish(fields);
      control.phoneEdit({ calendarId, eventId, ...rest, fields: { ...rest.fields, recurrence } });
    },
    async remove(eventId) {
      control.phoneDelete({ calendarId, eventId });
    },
    async litter() {
      const times = { start: '2027-06-01T10:00:00Z', end: '2027-06-01T11:00:00Z' };
      const recurrence = ['RRULE:FREQ=DAILY', 'EXRULE:FREQ=WEEKLY'];
      return asRemoteId(control.phoneCreate({ calendarId, title: 'odd', ...times, recurrence }).id);
    },
  };
}
