/** The office of the hosted benchmark: connects accounts, attaches calendars, and looks at what the simulator was asked. */
import type { JsonObject } from '../sandbox/kit/json.ts';
import { isObject, listAt, parseJson, textAt } from '../sandbox/kit/json.ts';
import { systemClock } from '../src/clock.ts';
import type { CalendarId, ResourceId } from '../src/domain/ids.ts';
import { silentLog } from '../src/domain/ports.ts';
import { connectMongo } from '../src/store/mongo/connect.ts';
import type { Store } from '../src/store/store.ts';
import { type Control, controlAt, type Simulated, simulators } from './simulators.ts';

/** Everything that the callers have to know, as it crosses to their process. */
export interface Place {
  readonly provider: string;
  readonly only: string;
  readonly latencyMs: number;
  readonly simulatorUrl: string;
  readonly gateway: string;
  readonly mongodbUri: string;
  readonly key: string;
  readonly pids: { readonly gateway: number; readonly database: number; readonly simulator: number };
  readonly runs: number;
  readonly calendars: number;
}

export interface Technician {
  readonly remoteId: string;
  readonly resourceId: ResourceId;
  readonly calendarId: CalendarId;
}
/** When the simulator was asked, in milliseconds since 1970. */
export interface Asked {
  readonly method: string;
  readonly at: number;
}

export interface Office {
  readonly simulated: Simulated;
  readonly store: Store;
  control(verb: string, input?: JsonObject): Promise<JsonObject>;
  must(path: string, body: JsonObject): Promise<JsonObject>;
  /** Connects an account and attaches its calendar; ready when it was read and its hints are known to arrive. */
  hire(email: string, remoteId: string): Promise<Technician>;
  /** Until the calendar was read, nothing is asked for, and no visit runs. */
  rest(calendarId: CalendarId): Promise<void>;
  /** Requests since the last `forget`, oldest first. */
  asked(): Promise<readonly Asked[]>;
  forget(): Promise<void>;
  close(): Promise<void>;
}

export async function openOffice(place: Place): Promise<Office> {
  const simulated = simulators.get(place.provider)!;
  const call = controlAt(place.simulatorUrl);
  const store = await connectMongo({ uri: place.mongodbUri, log: silentLog, clock: systemClock });
  const ask = asker(place);
  const must = (path: string, body: JsonObject) => ask('POST', path, body);
  const rest = (id: CalendarId) =>
    until(async () => {
      const calendar = await store.calendars.find(id);
      const isProven = calendar?.channels.some((c) => c.state === 'live' && c.lastHintAt !== null) === true;
      const isQuiet = calendar?.lease.owner === '' && calendar.servedSeq === calendar.requestedSeq;
      return isProven && isQuiet && calendar.lastSyncedAt !== null;
    });
  return {
    ...{ simulated, store, must, rest },
    control: (verb, input = {}) => call(verb, input),
    async hire(email, remoteId) {
      await simulated.consentAs(call, email);
      await browse(String((await must(`/v1/connect/${place.provider}`, {})).url));
      const connections = listAt(await ask('GET', '/v1/connections?limit=200'), 'data').filter(isObject);
      const connectionId = String(connections.find((c) => textAt(c, 'account') === email)?.id);
      const kind = { kind: 'technician', name: email, timeZone: 'Europe/Berlin' };
      const resourceId = String((await must('/v1/resources', kind)).id) as ResourceId;
      const attached = await must('/v1/calendars', { connectionId, remoteId, resourceId, role: 'two-way' });
      return { remoteId, resourceId, calendarId: String(attached.id) as CalendarId };
    },
    async asked() {
      const entries = listAt(await call('requests', {}), 'requests').filter(isObject);
      return entries.map((e) => ({ method: String(e.method), at: Date.parse(String(e.at)) }));
    },
    forget: async () => void (await call('clear-requests', {})),
    async close() {
      await store.close();
      await holdToLimit(simulated, call);
    },
  };
}

/** @throws Error when more was asked at once than the provider takes, in which case no figure means much */
async function holdToLimit({ abreast }: Simulated, call: Control): Promise<void> {
  if (abreast === null) return;
  const peak = await abreast.peak(call);
  if (peak > abreast.most) throw new Error(`${peak} requests of an account at once; it takes ${abreast.most}`);
  console.log(`At most ${peak} requests of an account at once; it takes ${abreast.most}.\n`);
}

const asker =
  ({ gateway, key }: Place) =>
  async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const response = await fetch(gateway + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const read = parseJson(text);
    if (!response.ok || !isObject(read)) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
    return read;
  };

export const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));

const patienceMs = 120_000;

export async function until(isSo: () => Promise<boolean>, everyMs = 5): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`it did not come about within ${patienceMs / 1000} s`);
    await pause(everyMs);
  }
}

/** Goes through the consent like a browser. */
async function browse(first: string): Promise<void> {
  let address = first;
  let cookie = '';
  for (let step = 0; step < 10; step += 1) {
    const page = await fetch(address, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
    cookie = page.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const next = page.headers.get('location');
    const text = await page.text();
    if (next === null && page.ok) return;
    if (next === null) throw new Error(`the consent ended in ${page.status}: ${text}`);
    address = new URL(next, address).href;
  }
  throw new Error('the consent goes in circles');
}
