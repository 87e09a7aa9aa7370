/** The providers that the benchmark of hosted calendars can run against, each by its simulator: one entry for each. */
import { type GoogleSimulator, sandboxClient, startGoogleSimulator } from '../sandbox/google/server.ts';
import type { JsonObject } from '../sandbox/kit/json.ts';

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
  /** Makes an account with one calendar. @returns the calendar's id */
  readonly account: (control: Control, email: string) => Promise<string>;
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
  account: async (control, email) => String((await control('account', { email })).calendarId),
  consentAs: (control, account) => control('consent', { mode: 'grant', account }),
  create: async (control, calendarId, span) =>
    String((await control('phone-create', { calendarId, title: 'Dentist', ...span })).id),
  move: (control, calendarId, eventId, span) => control('phone-edit', { calendarId, eventId, ...span }),
};

function fillGoogle({ control }: GoogleSimulator, calendarId: string, count: number, from: Date): void {
  const dayMs = 86_400_000;
  for (let i = 0; i < count; i += 1) {
    const start = new Date(from.getTime() + (i % 360) * dayMs + Math.floor(i / 360) * 900_000);
    const end = new Date(start.getTime() + 900_000);
    control.phoneCreate({ calendarId, title: `Visit ${i}`, start: start.toISOString(), end: end.toISOString() });
  }
}

export const simulators: ReadonlyMap<string, Simulated> = new Map([['google', google]]);
