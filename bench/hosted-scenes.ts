/** What is measured of hosted calendars, each seen by its callers: a CRM, the phones, and whoever looks at the board. */
import { defaultTenantId } from '../src/domain/ids.ts';
import type { CalendarDay, Instant } from '../src/domain/time.ts';
import { type Asked, type Office, openOffice, type Place, pause, type Technician, until } from './hosted-office.ts';
import type { TimeSpan } from './simulators.ts';
import { percentile, table, timed } from './statistics.ts';

export type { Place } from './hosted-office.ts';

/** Processor milliseconds of gateway, database and simulator so far. */
type Used = () => number[];
type Scene = (place: Place, used: Used) => Promise<void>;

const tomorrow = Math.ceil(Date.now() / 86_400_000);
/** Slots of 50 minutes, ten a day. */
function slot(n: number): TimeSpan {
  const day = new Date((tomorrow + Math.floor(n / 10)) * 86_400_000).toISOString().slice(0, 10);
  const hour = String(8 + (n % 10)).padStart(2, '0');
  return { start: `${day}T${hour}:00:00Z`, end: `${day}T${hour}:50:00Z` };
}
const dayOf = (span: TimeSpan): CalendarDay => span.start.slice(0, 10) as CalendarDay;

const warmUp = 10;
const rounded = (values: readonly number[], share: number): string => percentile(values, share).toFixed(0);
const perTime = (count: number, times: number): string => (count / times).toFixed(2);

async function one(place: Place): Promise<{ office: Office; sam: Technician }> {
  const office = await openOffice(place);
  const remoteId = await office.simulated.account(office.control, 'sam@bench.test');
  const sam = await office.hire('sam@bench.test', remoteId);
  await office.rest(sam.calendarId);
  return { office, sam };
}

/** The calendar is at rest again and has been read for the hint of what was just done. */
async function quietAgain({ store, rest }: Office, { calendarId }: Technician, since: number): Promise<void> {
  await until(async () => ((await store.calendars.find(calendarId))?.lastSyncedAt ?? 0) >= since);
  await rest(calendarId);
}

const cpuOf = (before: readonly number[], after: readonly number[], times: number): string =>
  after.map((ms, i) => ((ms - before[i]!) / times).toFixed(1)).join(' / ');

/** What one durable write costs a caller of the database here and now: bookings and edits wait for several, one after another. */
async function durableWrite({ store }: Office, { calendarId }: Technician): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < 100; i += 1) {
    times.push(await timed(() => store.calendars.request([calendarId], 'write')));
  }
  return `${percentile(times, 0.5).toFixed(1)} / ${percentile(times, 0.95).toFixed(1)}`;
}

/** From the POST to the moment when the write reached the provider: whatever is above one round trip. */
async function bookings(place: Place, used: Used): Promise<void> {
  const { office, sam } = await one(place);
  const { feed, writes } = office.simulated;
  const over: number[] = [];
  const answers: number[] = [];
  let [before, behind, written] = [0, 0, 0];
  const floor = await durableWrite(office, sam);
  let cpu = used();
  for (let i = 0; i < place.runs + warmUp; i += 1) {
    if (i === warmUp) cpu = used();
    await office.forget();
    const { start, end } = slot(i);
    const postedAt = Date.now();
    await office.must('/v1/bookings', { resourceIds: [sam.resourceId], start, end, title: 'Boiler service' });
    const answeredAt = Date.now();
    // Whoever looks takes time from those who work.
    await pause(place.latencyMs + 100);
    await quietAgain(office, sam, answeredAt);
    const asked = await office.asked();
    const first = asked.findIndex(({ method }) => writes.includes(method));
    if (first < 0) throw new Error(`nothing was written: ${JSON.stringify(asked)}`);
    if (i < warmUp) continue;
    over.push(asked[first]!.at - postedAt);
    answers.push(answeredAt - postedAt);
    before += first;
    written += countOf(asked, writes);
    behind += countOf(asked, feed);
  }
  const head = [
    'latency',
    'one durable write p50 / p95',
    'POST answered p50 / p95',
    'written, above one round trip p50 / p95',
  ];
  const cells = [`${place.latencyMs}`, floor, `${rounded(answers, 0.5)} / ${rounded(answers, 0.95)}`];
  console.log(
    table(
      [...head, 'requests before the write', 'writes', 'feed read behind it', 'CPU ms gateway / database / simulator'],
      [
        [
          ...[...cells, `${rounded(over, 0.5)} / ${rounded(over, 0.95)}`],
          ...[perTime(before, place.runs), perTime(written, place.runs), perTime(behind, place.runs)],
          cpuOf(cpu, used(), place.runs),
        ],
      ],
    ),
    '\n',
  );
  await office.close();
}

const countOf = (asked: readonly Asked[], methods: readonly string[]): number =>
  asked.filter(({ method }) => methods.includes(method)).length;

/** From the hint on its way to the row on the day sheet. */
async function edits(place: Place, used: Used): Promise<void> {
  const { office, sam } = await one(place);
  const { simulated, control } = office;
  const over: number[] = [];
  let [reads, others] = [0, 0];
  const event = await simulated.create(control, sam.remoteId, slot(0));
  await quietAgain(office, sam, Date.now() - 1000);
  const floor = await durableWrite(office, sam);
  let cpu = used();
  for (let i = 1; i <= place.runs + warmUp; i += 1) {
    if (i === warmUp + 1) cpu = used();
    await office.rest(sam.calendarId);
    await office.forget();
    const to = slot(i);
    const movedAt = Date.now();
    await simulated.move(control, sam.remoteId, event, to);
    await until(() => isBlocked(office, sam, to), 3);
    const blockedAt = Date.now();
    await quietAgain(office, sam, movedAt);
    if (i <= warmUp) continue;
    const asked = await office.asked();
    over.push(blockedAt - movedAt - place.latencyMs);
    reads += countOf(asked, simulated.feed);
    others += asked.length - countOf(asked, simulated.feed);
  }
  console.log(
    table(
      [
        ...[
          'latency',
          'one durable write p50 / p95',
          'blocked after the hint left, above one round trip p50 / p95',
          'feed read',
          'other requests',
        ],
        'CPU ms gateway / database / simulator',
      ],
      [
        [
          ...[`${place.latencyMs}`, floor, `${rounded(over, 0.5)} / ${rounded(over, 0.95)}`],
          ...[perTime(reads, place.runs), perTime(others, place.runs), cpuOf(cpu, used(), place.runs)],
        ],
      ],
    ),
    '\n',
  );
  await office.close();
}

async function isBlocked({ store }: Office, { resourceId }: Technician, span: TimeSpan) {
  const [sheet] = await store.sheets.load(defaultTenantId, [resourceId], [dayOf(span)]);
  return sheet?.rows.some((row) => row.start === Date.parse(span.start) && row.end === Date.parse(span.end)) === true;
}

async function listing(place: Place, used: Used): Promise<void> {
  const office = await openOffice(place);
  const { store, simulated } = office;
  // The account and its events are there since the simulator started.
  const remoteId = await simulated.calendarOf(office.control, 'big@bench.test');
  await office.forget();
  const cpu = used();
  const from = performance.now();
  const big = await office.hire('big@bench.test', remoteId);
  await until(async () => ((await store.calendars.find(big.calendarId))?.lastSyncedAt ?? null) !== null, 50);
  const ms = performance.now() - from;
  const window = { start: 0 as Instant, end: (Date.now() + 500 * 86_400_000) as Instant };
  const events = await store.events.inSpan(defaultTenantId, [big.resourceId], window, 100_000);
  const seconds = used().map((now, i) => ((now - cpu[i]!) / 1000).toFixed(1));
  const reads = countOf(await office.asked(), simulated.feed);
  const head = ['latency', 'events', 'first listing s', 'pages', 'CPU s gateway / database / simulator'];
  const cells = [`${place.latencyMs}`, `${events.length}`, (ms / 1000).toFixed(1), `${reads}`, seconds.join(' / ')];
  console.log(table(head, [cells]), '\n');
  await office.close();
}

/** One event typed into each of many calendars at once; every hint comes twice. */
async function many(place: Place, used: Used): Promise<void> {
  const office = await openOffice(place);
  const { simulated, control, store } = office;
  const crew: Technician[] = [];
  for (let i = 0; i < place.calendars; i += 1) {
    const email = `t${i}@bench.test`;
    crew.push(await office.hire(email, await simulated.account(control, email)));
  }
  for (const { calendarId } of crew) await office.rest(calendarId);
  await control('pushes', { double: 1 });
  await office.forget();
  const cpu = used();
  const to = slot(3);
  const from = Date.now();
  await Promise.all(crew.map(({ remoteId }) => simulated.create(control, remoteId, to)));
  const resourceIds = crew.map((t) => t.resourceId);
  await until(async () => {
    const sheets = await store.sheets.load(defaultTenantId, resourceIds, [dayOf(to)]);
    return sheets.every((sheet) => sheet.rows.length > 0);
  });
  const blockedAt = Date.now();
  for (const tech of crew) await quietAgain(office, tech, from);
  const asked = await office.asked();
  const reads = countOf(asked, simulated.feed);
  const head = ['latency', 'calendars', 'all blocked after ms', 'feeds read', 'other requests'];
  const cells = [`${place.latencyMs}`, `${crew.length}`, `${blockedAt - from}`, `${reads}`, `${asked.length - reads}`];
  console.log(
    table([...head, 'CPU ms for each, gateway / database / simulator'], [[...cells, cpuOf(cpu, used(), crew.length)]]),
    '\n',
  );
  await office.close();
}

export const scenes: ReadonlyMap<string, Scene> = new Map([
  ['bookings', bookings],
  ['edits', edits],
  ['listing', listing],
  ['many', many],
]);
