/** The Outlook simulator with one mailbox, and the official Graph client on it. */
import { Client, type Context, GraphError, type Middleware } from '@microsoft/microsoft-graph-client';
import type { OutlookSimulator, OutlookSimulatorOptions } from '../../sandbox/outlook/server.ts';
import { startOutlookSimulator } from '../../sandbox/outlook/server.ts';

export const ana = 'ana@example.com';
export const zoneWish = 'outlook.timezone="Europe/Berlin"';
export const idWish = 'IdType="ImmutableId"';

// biome-ignore lint/suspicious/noExplicitAny: answers from outside whose shapes each test names
type Body = any;

export interface Call {
  readonly body?: object;
  readonly prefer?: string;
  readonly ifMatch?: string;
}
export interface Graph {
  /** The path below `/v1.0`, or a link that Graph gave. Resolves to what came, or rejects with GraphError. */
  get(path: string, call?: Call): Promise<Body>;
  post(path: string, body: object, call?: Call): Promise<Body>;
  patch(path: string, body: object, call?: Call): Promise<Body>;
  delete(path: string, call?: Call): Promise<void>;
}
export interface OutlookScene extends OutlookSimulator {
  readonly graph: Graph;
  /** Id of Ana's default calendar. */
  readonly calendarId: string;
  as(account: string, scopes?: readonly string[]): Graph;
}

export async function anOutlookScene(options: OutlookSimulatorOptions = {}): Promise<OutlookScene> {
  const outlook = await startOutlookSimulator(options);
  const { calendarId } = outlook.control.account({ email: ana, name: 'Ana', timeZone: 'Europe/Berlin' });
  const as = (account: string, scopes?: readonly string[]): Graph => {
    const wish = scopes === undefined ? { account } : { account, scopes: [...scopes] };
    return graphAt(outlook.url, outlook.control.tokens(wish).accessToken);
  };
  return { ...outlook, calendarId, as, graph: as(ana) };
}

/**
 * The official client with one middleware of our own: its own chain sends no token to plain http addresses, and repeats
 * what should be seen to fail.
 */
export function graphAt(url: string, token: string): Graph {
  const transport: Middleware = {
    async execute(context: Context) {
      const headers = { ...headersOf(context), authorization: `Bearer ${token}` };
      context.response = await fetch(String(context.request), { ...context.options, headers });
    },
  };
  const client = Client.initWithMiddleware({ middleware: transport, baseUrl: url, defaultVersion: 'v1.0' });
  const request = (path: string, { prefer, ifMatch }: Call = {}) => {
    // Absolute links that are not https would be appended to the base: their origin is taken off.
    const made = client.api(path.startsWith(url) ? path.slice(`${url}/v1.0`.length) : path);
    if (prefer !== undefined) made.header('Prefer', prefer);
    if (ifMatch !== undefined) made.header('If-Match', ifMatch);
    return made;
  };
  return {
    get: (path, call) => request(path, call).get(),
    post: (path, body, call) => request(path, call).post(body),
    patch: (path, body, call) => request(path, call).patch(body),
    delete: (path, call) => request(path, call).delete(),
  };
}

const headersOf = (context: Context): Record<string, string> =>
  Object.fromEntries(new Headers(context.options?.headers as Record<string, string> | undefined));

export interface GraphRefusal {
  readonly status: number;
  readonly code: string | null;
  readonly message: string;
  readonly headers: Headers;
}

/** How a call was refused. @throws when it was not */
export async function refusalOf(call: Promise<unknown>): Promise<GraphRefusal> {
  try {
    await call;
  } catch (fault) {
    if (!(fault instanceof GraphError)) throw fault;
    const { statusCode: status, code, message, headers } = fault;
    return { status, code, message, headers: headers ?? new Headers() };
  }
  throw new Error('the call was not refused');
}

const wall = (dateTime: string, timeZone = 'Europe/Berlin') => ({ dateTime, timeZone });
/** The body of an event on 1 June 2027, Berlin time. */
export const anEvent = (subject: string, from: string, to: string, over: object = {}) => ({
  ...{ subject, start: wall(`2027-06-01T${from}:00`), end: wall(`2027-06-01T${to}:00`) },
  ...over,
});
export const aWeeklySeries = (subject: string, over: object = {}) =>
  anEvent(subject, '09:00', '10:00', {
    recurrence: {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'] },
      range: { type: 'numbered', startDate: '2027-06-01', numberOfOccurrences: 4 },
    },
    ...over,
  });

export const june = 'startDateTime=2027-06-01T00:00:00Z&endDateTime=2027-07-01T00:00:00Z';

/** A round of delta to its end: all entities, and the link of the next round. */
export async function roundOf(
  graph: Graph,
  from: string,
  prefer = idWish,
): Promise<{ items: Body[]; link: string; pages: number }> {
  const items: Body[] = [];
  let pages = 0;
  for (let next = from; ; ) {
    const page = await graph.get(next, { prefer });
    pages += 1;
    items.push(...page.value);
    if (page['@odata.deltaLink'] !== undefined) return { items, link: page['@odata.deltaLink'], pages };
    next = page['@odata.nextLink'];
  }
}
