/** One technician with a Google, an Outlook and a CalDAV calendar on one gateway, and one way to look at and use each. */
import { expect } from 'chai';
import { sandboxClient as googleClient, startGoogleSimulator } from '../../sandbox/google/server.ts';
import { sandboxClient as outlookClient, startOutlookSimulator } from '../../sandbox/outlook/server.ts';
import { CaldavDouble } from '../doubles/caldav-server.ts';
import { browse } from './browse.ts';
import { accountOf, typed } from './double-scene.ts';
import { aGateway, type RunningGateway } from './gateway.ts';
import { movedTo, wall } from './ics-edits.ts';
import { anOffice, type Office } from './office.ts';
import { freePort } from './programs.ts';
import { mustSucceed } from './rest.ts';

const email = 'sam@example.com';

export interface Typing {
  readonly day: string;
  readonly from: string;
  readonly to: string;
  readonly title: string;
  readonly isPrivate?: boolean;
}
/** A calendar as its owner sees it, whoever provides it. */
export interface Side {
  readonly name: 'Google' | 'Outlook' | 'CalDAV';
  /** Ours. */
  readonly calendarId: string;
  /** Everything that is there, as the provider tells it, for looking through. */
  texts(): readonly string[];
  /** Types an event. @returns how to delete it */
  type(event: Typing): () => void;
  /** Moves the only event whose text contains this to other hours of the day. */
  move(words: string, o: { readonly day: string; readonly from: string; readonly to: string }): void;
  /** Writes that were asked for since the last time. */
  writes(): number;
}
export interface ThreeProviders {
  readonly gateway: RunningGateway;
  readonly office: Office;
  readonly resourceId: string;
  readonly sides: readonly Side[];
  /** Visits all until nothing is owed anywhere. */
  settle(): Promise<void>;
  /** What the simulators and the double would have refused of a real client's requests. */
  wrongs(): readonly unknown[];
  stop(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers from outside whose shapes each side names
type Body = any;
type Counts = () => Readonly<Record<string, number>>;

export async function threeProviders(over: Readonly<Record<string, unknown>> = {}): Promise<ThreeProviders> {
  const [google, outlook, double] = await Promise.all([
    startGoogleSimulator(),
    startOutlookSimulator(),
    new CaldavDouble().start(),
  ]);
  google.control.account({ email, name: 'Sam', timeZone: 'Europe/Berlin' });
  google.control.consent({ mode: 'grant', account: email });
  const mailbox = outlook.control.account({ email, name: 'Sam', timeZone: 'Europe/Berlin' }).calendarId;
  outlook.control.consent({ mode: 'grant', account: email });
  const gateway = await gatewayFor(google.url, outlook.url);
  const must = mustSucceed(gateway.rest);
  const office = await anOffice(gateway.rest, accountOf(double));
  const resourceId = await office.technician();

  async function attach(provider: string, remoteId: string): Promise<string> {
    expect((await browse((await must('POST', `/v1/connect/${provider}`, {})).url, gateway.url)).status).to.equal(200);
    const { data } = await must('GET', '/v1/connections');
    const connectionId = data.find((row: Body) => row.provider === provider).id;
    const wish = { connectionId, remoteId, resourceId, role: 'two-way', ...over };
    const { id } = await must('POST', '/v1/calendars', wish);
    await office.sync(id);
    return id;
  }
  const ids = {
    google: await attach('google', email),
    outlook: await attach('outlook', mailbox),
    caldav: await office.attach(resourceId, '/work/', over),
  };
  const sides = [
    googleSide(google.control, ids.google),
    outlookSide(outlook.control, ids.outlook, mailbox),
    caldavSide(double, ids.caldav),
  ];

  return {
    ...{ gateway, office, resourceId, sides },
    async settle() {
      for (let round = 0; round < 8; round += 1) {
        for (const { calendarId } of sides) await office.sync(calendarId);
        const states = await Promise.all(sides.map(({ calendarId }) => office.calendar(calendarId)));
        if (round > 0 && states.every(({ sync }) => sync.pending === 0)) return;
      }
      throw new Error('the calendars do not come to rest');
    },
    wrongs: () => [
      ...google.control.violations().violations,
      ...outlook.control.violations().violations,
      ...google.control.mails().mails,
      ...outlook.control.mails().mails,
      ...double.wrong,
    ],
    async stop() {
      await gateway.stop();
      await Promise.all([google.close(), outlook.close(), double.stop()]);
    },
  };
}

async function gatewayFor(googleUrl: string, outlookUrl: string): Promise<RunningGateway> {
  const port = String(await freePort());
  const gateway = await aGateway({
    env: {
      ...{ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, PUSH_OVER_HTTP: 'true' },
      ...{ GOOGLE_CLIENT_ID: googleClient.id, GOOGLE_CLIENT_SECRET: googleClient.secret },
      ...{ GOOGLE_API_URL: googleUrl, GOOGLE_AUTH_URL: googleUrl, GOOGLE_TOKEN_URL: googleUrl },
      ...{ MICROSOFT_CLIENT_ID: outlookClient.id, MICROSOFT_CLIENT_SECRET: outlookClient.secret },
      ...{ MICROSOFT_LOGIN_URL: outlookUrl, GRAPH_API_URL: `${outlookUrl}/v1.0` },
    },
  });
  return { ...gateway, url: `http://127.0.0.1:${port}` };
}

const clock = (day: string, time: string): string => `${day}T${time}:00`;
const only = <T>(rows: readonly T[], words: string): T => {
  const fitting = rows.filter((row) => JSON.stringify(row).includes(words));
  expect(fitting, `events with "${words}"`).to.have.length(1);
  return fitting[0]!;
};

/** Counts up since the last look. */
function sinceLast(counts: Counts, methods: readonly string[]): () => number {
  let last = 0;
  return () => {
    const now = methods.reduce((sum, method) => sum + (counts()[method] ?? 0), 0);
    const more = now - last;
    last = now;
    return more;
  };
}

type GoogleControl = Awaited<ReturnType<typeof startGoogleSimulator>>['control'];
function googleSide(control: GoogleControl, calendarId: string): Side {
  const living = (): Body[] =>
    control.events({ calendarId: email }).events.filter((event) => event.status !== 'cancelled');
  const writes = ['insert', 'import', 'patch', 'update', 'delete', 'move'].map((name) => `events.${name}`);
  return {
    ...{ name: 'Google', calendarId },
    texts: () => living().map((event) => JSON.stringify(event)),
    type({ day, from, to, title, isPrivate = false }) {
      const fields = isPrivate ? { visibility: 'private' } : {};
      const times = { start: clock(day, from), end: clock(day, to) };
      const { id } = control.phoneCreate({ calendarId: email, title, ...times, fields });
      return () => void control.phoneDelete({ calendarId: email, eventId: id });
    },
    move(words, { day, from, to }) {
      const { id } = only(living(), words);
      control.phoneEdit({ calendarId: email, eventId: id, start: clock(day, from), end: clock(day, to) });
    },
    writes: sinceLast(() => control.requests().counts, writes),
  };
}

type OutlookControl = Awaited<ReturnType<typeof startOutlookSimulator>>['control'];
function outlookSide(control: OutlookControl, calendarId: string, remoteId: string): Side {
  const living = (): Body[] => control.events({ calendarId: remoteId }).events;
  return {
    ...{ name: 'Outlook', calendarId },
    texts: () => living().map((event) => JSON.stringify(event)),
    type({ day, from, to, title, isPrivate = false }) {
      const fields = isPrivate ? { sensitivity: 'private' } : {};
      const times = { start: clock(day, from), end: clock(day, to) };
      const { id } = control.phoneCreate({ calendarId: remoteId, title, ...times, fields });
      return () => void control.phoneDelete({ calendarId: remoteId, eventId: id });
    },
    move(words, { day, from, to }) {
      const { id } = only(living(), words);
      control.phoneEdit({ calendarId: remoteId, eventId: id, start: clock(day, from), end: clock(day, to) });
    },
    writes: sinceLast(() => control.requests().counts, ['events.create', 'events.update', 'events.delete']),
  };
}

function caldavSide(double: CaldavDouble, calendarId: string): Side {
  const { work } = double;
  let typings = 0;
  return {
    ...{ name: 'CalDAV', calendarId },
    texts: () => [...work.items.values()].map(({ text }) => text.replace(/\r\n[ \t]/g, '')),
    type({ isPrivate = false, ...event }) {
      typings += 1;
      const name = `typed-${typings}.ics`;
      const text = typed(`typed-${typings}`, event);
      work.put(name, isPrivate ? text.replace('END:VEVENT', 'CLASS:PRIVATE\r\nEND:VEVENT') : text);
      return () => void work.remove(name);
    },
    move(words, { day, from, to }) {
      const rows = [...work.items].map(([name, { text }]) => ({ name, text }));
      const { name, text } = only(rows, words);
      work.put(name, movedTo(text, wall(day, from), wall(day, to)));
    },
    writes: () => double.takeMethods().filter((method) => method === 'PUT' || method === 'DELETE').length,
  };
}
