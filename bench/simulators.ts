/** The providers that the benchmark of hosted calendars can run against, each by its simulator: one entry for each. */
import { type GoogleSimulator, sandboxClient, startGoogleSimulator } from '../sandbox/google/server.ts';
import type { JsonObject } from '../sandbox/kit/json.ts';
import { isObject, listAt, objectAt, textAt } from '../sandbox/kit/json.ts';
import {
  type OutlookSimulator,
  sandboxClient as outlookClient,
  startOutlookSimulator,
} from '../sandbox/outlook/server.ts';

/** Calls a control verb of the simulator, by its name in a path. */
export type Control = (verb: string, input: JsonObject) => Promise<JsonObject>;

export const controlAt =
  (url: string): Control =>
  async (verb, input) => {
    const answer = await fetch(`${url}/_control/${verb}`, { method: 'POST', body: JSON.stringify(input) });
    if (!answer.ok) throw new Error(`${verb}: ${await answer.text()}`);
    return (await answer.json()) as JsonObject;
  };

export interface Running {
  readonly url: string;
  /** Puts so many events into an account's calendar, within the days after `from`. */
  fill(account: string, count: number, from: Date): void;
  close(): Promise<void>;
}

export interface Simulated {
  /** As the gateway names the provider. */
  readonly provider: string;
  readonly start: (o: { readonly port: number; readonly latencyMs: number }) => Promise<Running>;
  /** What makes a gateway take the simulator for the provider. */
  readonly settings: (url: string) => Readonly<Record<string, string>>;
  /** The methods, as the simulator's journal names them, that read a calendar's feed and that write events. */
  readonly feed: readonly string[];
  readonly writes: readonly string[];
  /** Requests of one account at once that the provider takes, and how many there were; null: it sets no such limit. */
  readonly abreast: { readonly most: number; readonly peak: (control: Control) => Promise<number> } | null;
  /** Makes an account with one calendar. @returns the calendar's id */
  readonly account: (control: Control, email: string) => Promise<string>;
  /** The one calendar of an account that is there already. */
  readonly calendarOf: (control: Control, email: string) => Promise<string>;
  /** The next consent page agrees at once, as this account. */
  readonly consentAs: (control: Control, email: string) => Promise<unknown>;
  /** A person types an event. @returns its id */
  readonly create: (control: Control, calendarId: string, span: TimeSpan) => Promise<string>;
  readonly move: (control: Control, calendarId: string, eventId: string, span: TimeSpan) => Promise<unknown>;
}
/** RFC 3339. */
export interface TimeSpan {
  readonly start: string;
  readonly end: string;
}

const google: Simulated = {
  provider: 'google',
  async start(o) {
    const running = await startGoogleSimulator(o);
    return {
      url: running.url,
      fill: (account, count, from) => fillGoogle(running, account, count, from),
      close: () => running.close(),
    };
  },
  settings: (url) => ({
    ...{ GOOGLE_CLIENT_ID: sandboxClient.id, GOOGLE_CLIENT_SECRET: sandboxClient.secret },
    ...{ GOOGLE_API_URL: url, GOOGLE_AUTH_URL: url, GOOGLE_TOKEN_URL: url },
  }),
  feed: ['events.list'],
  writes: ['events.insert', 'events.patch', 'events.delete'],
  abreast: null,
  account: async (control, email) => String((await control('account', { email })).calendarId),
  calendarOf: async (_control, email) => email,
  consentAs: (control, account) => control('consent', { mode: 'grant', account }),
  create: async (control, calendarId, span) =>
    String((await control('phone-create', { calendarId, title: 'Dentist', ...span })).id),
  move: (control, calendarId, eventId, span) => control('phone-edit', { calendarId, eventId, ...span }),
};

function fillGoogle({ control }: GoogleSimulator, calendarId: string, count: number, from: Date): void {
  for (const visit of visits(count, from)) control.phoneCreate({ calendarId, ...visit });
}

/** Quarters of an hour, one a day for 360 days, then the next one of each day. */
function visits(count: number, from: Date): (TimeSpan & { readonly title: string })[] {
  const dayMs = 86_400_000;
  return Array.from({ length: count }, (_, i) => {
    const start = new Date(from.getTime() + (i % 360) * dayMs + Math.floor(i / 360) * 900_000);
    const end = new Date(start.getTime() + 900_000);
    return { title: `Visit ${i}`, start: start.toISOString(), end: end.toISOString() };
  });
}

const outlook: Simulated = {
  provider: 'outlook',
  async start(o) {
    const running = await startOutlookSimulator(o);
    return {
      url: running.url,
      fill: (account, count, from) => fillOutlook(running, account, count, from),
      close: () => running.close(),
    };
  },
  settings: (url) => ({
    ...{ MICROSOFT_CLIENT_ID: outlookClient.id, MICROSOFT_CLIENT_SECRET: outlookClient.secret },
    ...{ MICROSOFT_LOGIN_URL: url, GRAPH_API_URL: `${url}/v1.0` },
  }),
  feed: ['calendarView.delta'],
  writes: ['events.create', 'events.update', 'events.delete'],
  abreast: {
    most: 4,
    peak: async (control) =>
      Math.max(0, ...Object.values(objectAt(await control('lanes', {}), 'peaks') ?? {}).map(Number)),
  },
  account: async (control, email) => String((await control('account', { email })).calendarId),
  async calendarOf(control, email) {
    const accounts = listAt(await control('accounts', {}), 'accounts').filter(isObject);
    const calendars = listAt(accounts.find((account) => textAt(account, 'email') === email) ?? {}, 'calendars');
    return String(calendars.find(isObject)?.id);
  },
  consentAs: (control, account) => control('consent', { mode: 'grant', account }),
  create: async (control, calendarId, span) =>
    String((await control('phone-create', { calendarId, title: 'Dentist', ...span })).id),
  move: (control, calendarId, eventId, span) => control('phone-edit', { calendarId, eventId, ...span }),
};

function fillOutlook({ control }: OutlookSimulator, email: string, count: number, from: Date): void {
  const calendarId = control.accounts({}).accounts.find((account) => account.email === email)?.calendars[0]?.id;
  if (calendarId === undefined) throw new Error(`there is no mailbox ${email}`);
  for (const visit of visits(count, from)) control.phoneCreate({ calendarId, ...visit });
}

export const simulators: ReadonlyMap<string, Simulated> = new Map([
  ['google', google],
  ['outlook', outlook],
]);
