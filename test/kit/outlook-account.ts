/** A mailbox of the Outlook simulator, opened by the connector, with its owner at the phone. */
import { type OutlookOptions, outlookConnector } from '../../connectors/outlook/index.ts';
import { createBody, projectOutlook } from '../../mappings/outlook.ts';
import {
  type OutlookSimulator,
  type OutlookSimulatorOptions,
  sandboxClient,
  startOutlookSimulator,
} from '../../sandbox/outlook/server.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { Connector, OpenConnection } from '../../src/domain/connector.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { type EventTime, formatInstant } from '../../src/domain/time.ts';
import { toInstant } from '../../src/domain/zone.ts';
import type { Person } from '../contract/connector.ts';
import { aConnection } from './builders.ts';
import { berlin, eagerClock } from './google-account.ts';

export const owner = 'ana@example.com';

export interface OutlookAccount {
  readonly outlook: OutlookSimulator;
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
  /** Everything that the connector asked for and that Graph would have refused or ignored. */
  violations(): readonly string[];
  stop(): Promise<void>;
}

export async function aMailbox(
  o: OutlookSimulatorOptions & Pick<OutlookOptions, 'limits'> & { readonly personal?: boolean } = {},
): Promise<OutlookAccount> {
  const clock = eagerClock();
  const outlook = await startOutlookSimulator({ now: () => clock.now(), ...o });
  const { control } = outlook;
  const { calendarId } = control.account({
    email: owner,
    name: 'Ana',
    timeZone: berlin,
    personal: o.personal ?? false,
  });
  control.repeats({ mode: 'error' });
  const { refreshToken } = control.tokens({ account: owner });
  const { url } = outlook;
  const config = { client: sandboxClient, tenant: 'common', loginUrl: url, graphUrl: `${url}/v1.0` };
  const connector = outlookConnector({ outlook: config, ...(o.limits && { limits: o.limits }) });
  let secret: unknown = { kind: 'consent', refreshToken, access: null };
  let renewals = 0;
  const open = () =>
    connector.open(aConnection({ provider: 'outlook', account: owner }), {
      ...{ clock, log: silentLog, secret },
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
    ...{ outlook, connector, connection, clock },
    calendar: { remoteId: asRemoteId(calendarId), name: 'Calendar', zone: berlin, canWrite: true },
    person: phoneOf(outlook, calendarId),
    secret: () => secret,
    store(next) {
      secret = next;
    },
    renewals: () => renewals,
    reopen: open,
    violations: () => control.violations().violations.map(({ method, what }) => `${method}: ${what}`),
    async stop() {
      await connection.close();
      await outlook.close();
    },
  };
}

/** As the phone takes it: an instant, or a day. */
const typed = (time: EventTime): string => (time.kind === 'date' ? time.day : formatInstant(toInstant(time, berlin)));

function phoneOf({ control }: OutlookSimulator, calendarId: string): Person {
  const wish = (given: EventFields) => {
    const fields = projectOutlook(given, berlin);
    const whole: Record<string, unknown> = { ...createBody(fields, { createId: 'x', mark: null }) };
    const { recurrence = null, body, location, showAs, sensitivity } = whole;
    const rest = JSON.parse(JSON.stringify({ body, location, showAs, sensitivity }));
    const times = { start: typed(fields.start), end: typed(fields.end) };
    return { title: fields.title, ...times, recurrence: JSON.parse(JSON.stringify(recurrence)), fields: rest };
  };
  return {
    async create(fields) {
      const { recurrence, ...rest } = wish(fields);
      return asRemoteId(control.phoneCreate({ calendarId, ...rest, ...(recurrence && { recurrence }) }).id);
    },
    async edit(eventId, fields) {
      const { recurrence, ...rest } = wish(fields);
      control.phoneEdit({ calendarId, eventId, ...rest, fields: { ...rest.fields, recurrence } });
    },
    async remove(eventId) {
      control.phoneDelete({ calendarId, eventId });
    },
    async litter() {
      const times = { start: '2027-06-30T10:00:00Z', end: '2027-06-30T11:00:00Z' };
      const { id } = control.phoneCreate({ calendarId, title: 'odd', ...times });
      const start = { dateTime: '2027-06-30T10:00:00.0000000', timeZone: 'Mars Standard Time' };
      control.garble({ calendarId, eventId: id, members: { start } });
      return asRemoteId(id);
    },
  };
}
