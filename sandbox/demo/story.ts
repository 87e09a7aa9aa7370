/** The demo's story: bookings arrive, phones edit, a grant dies and heals, and each step is seen on both sides. */
import type { WallTime, Zone } from '../../src/domain/time.ts';
import { instantToWall, wallToInstant } from '../../src/domain/zone.ts';
import type { JsonObject } from '../kit/json.ts';
import { isObject, listAt, textAt } from '../kit/json.ts';
import type { Scene, Technician } from './scene.ts';

export interface Teller {
  say(line: string): void;
  /** Time for the people who watch. */
  pause(seconds: number): Promise<void>;
  /** Asks until the answer is not null. @throws Error naming `what` after a minute */
  until<T>(what: string, ask: () => Promise<T | null>): Promise<T>;
}

interface Times extends JsonObject {
  readonly start: string;
  readonly end: string;
}

/** An entry of a phone's day. */
interface Shown {
  readonly id: string;
  readonly title: string;
  readonly start: string;
}

const zone = 'Europe/Berlin' as Zone;

export async function tellStory(scene: Scene, day: string, teller: Teller): Promise<void> {
  const plot = makePlot(scene, day, teller);
  const { say, pause } = teller;
  const { ana, ben, cleo, google } = scene;

  say(`1. The CRM books Ana for ${plot.shown('09:00', '10:30')}: "Boiler service".`);
  const boiler = await plot.book(ana, 'Boiler service', '09:00', '10:30');
  await plot.onPhone(ana, 'Boiler service', '09:00');
  say('   It is on her phone.');
  await pause(20);

  say('2. The website wants the same time. It is taken: 409, with free times beside it.');
  say(`   Offered instead: ${await plot.refused(ana, '10:00', '11:00')}`);
  await pause(20);

  say('3. Ana drags the visit to 13:00 on her phone.');
  const copy = await plot.onPhone(ana, 'Boiler service', '09:00');
  google.control.phoneEdit({ calendarId: ana.remoteId, eventId: copy, ...plot.wall('13:00', '14:30') });
  await plot.startsAt(boiler, '13:00');
  say("   The office sees it at 13:00; nine o'clock is free again.");
  await pause(25);

  say('4. Ana types "Dentist" from 10:00 to 11:00.');
  google.control.phoneCreate({ calendarId: ana.remoteId, title: 'Dentist', ...plot.wall('10:00', '11:00') });
  await plot.taken(ana, '10:00', '11:00');
  say('   Nobody can book her then, and nobody but her knows why.');
  await pause(25);

  say('5. Cleo has a CalDAV calendar. A booking goes there, and her lunch comes back.');
  await plot.book(cleo, 'Pipe repair', '08:00', '09:30');
  await teller.until(
    "the booking on Cleo's phone",
    async () => (await scene.cleosPhone.find('Pipe repair'))[0] ?? null,
  );
  await scene.cleosPhone.type({ title: 'Lunch', ...plot.times('12:00', '13:00') });
  await plot.taken(cleo, '12:00', '13:00');
  await pause(25);

  say('6. Ben removes the app from his account: his tokens die. A booking comes in all the same.');
  google.control.killTokens({ account: ben.remoteId });
  const pump = await plot.book(ben, 'Pump exchange', '09:00', '11:00');
  await plot.connectionIs(ben, 'needs_consent');
  say('   The time is his, the copy is owed, and the office is told that Ben must give consent again.');
  await pause(30);

  say('7. Ben gives consent.');
  google.control.consent({ mode: 'grant', account: ben.remoteId });
  await scene.office.consent('google');
  google.control.consent({ mode: 'ask' });
  await plot.onPhone(ben, 'Pump exchange', '09:00');
  await plot.written(pump);
  say('   What was owed is on his phone.');
  await pause(25);

  say('8. Ben has a daily round at 16:00. From the third day on he moves it to 15:00: "this and following".');
  const { id } = google.control.phoneCreate({
    ...{
      calendarId: ben.remoteId,
      title: 'Round',
      recurrence: ['RRULE:FREQ=DAILY;COUNT=5'],
      ...plot.wall('16:00', '17:00'),
    },
  });
  await plot.taken(ben, '16:00', '17:00', 2);
  const third = plot.times('16:00', '17:00', 2).start;
  const eventId = `${id}_${third.slice(0, 19).replace(/[-:]/g, '')}Z`;
  google.control.phoneSplit({ calendarId: ben.remoteId, eventId, ...plot.wall('15:00', '16:00', 2) });
  await plot.taken(ben, '15:00', '16:00', 4);
  await plot.free(ben, '16:00', '17:00', 4);
  say('   Both halves block exactly when they happen.');
  await pause(25);

  say('9. The push of a change is lost on the way. The next look finds the change all the same.');
  google.control.pushes({ drop: 1 });
  google.control.phoneCreate({ calendarId: ana.remoteId, title: 'Tyres', ...plot.wall('16:00', '17:00') });
  await plot.taken(ana, '16:00', '17:00');
  google.control.pushes({ drop: 0 });
  await pause(20);

  await danasDay(scene, plot, teller);
  for (const [name, { control }] of [['Google', google] as const, ['Microsoft', scene.outlook] as const]) {
    const { violations } = control.violations();
    if (violations.length > 0) throw new Error(`${name} would have refused: ${JSON.stringify(violations)}`);
  }
  const [there, here] = [google, scene.outlook].map(({ control }) =>
    Object.values(control.requests().counts).reduce((sum, count) => sum + count, 0),
  );
  say(`Done: ${there} requests to Google and ${here} to Microsoft, none that they would refuse.`);
}

/** Outlook's turn: a booking arrives, is dragged, and a weekly meeting is typed and freed for one day. */
async function danasDay({ dana, outlook }: Scene, plot: ReturnType<typeof makePlot>, teller: Teller): Promise<void> {
  const { say, pause } = teller;
  const calendarId = dana.remoteId;
  say('10. Dana lives on Outlook. A booking goes there; she drags it to 14:00, and types a private event.');
  const heating = await plot.book(dana, 'Heating check', '09:00', '10:00');
  const copy = await plot.inOutlook(dana, 'Heating check', '09:00');
  outlook.control.phoneEdit({ calendarId, eventId: copy, ...plot.wall('14:00', '15:00') });
  await plot.startsAt(heating, '14:00');
  const fields = { sensitivity: 'private' };
  outlook.control.phoneCreate({ calendarId, title: 'Physio', ...plot.wall('11:00', '12:00'), fields });
  await plot.taken(dana, '11:00', '12:00');
  say('   The office sees the visit at 14:00 and that 11:00 is taken, not why. Nobody was mailed.');
  await pause(25);

  say('11. Microsoft drops the subscription. The gateway makes a new one and reads what it missed.');
  outlook.control.lifecycle({ event: 'subscriptionRemoved' });
  outlook.control.phoneCreate({ calendarId, title: 'Tyres', ...plot.wall('16:00', '17:00') });
  await plot.taken(dana, '16:00', '17:00');
  const isHeard = async () => (outlook.control.subscriptions().subscriptions.length > 0 ? true : null);
  await teller.until('a new subscription', isHeard);
  const { mails } = outlook.control.mails();
  if (mails.length > 0) throw new Error(`Exchange would have mailed: ${JSON.stringify(mails)}`);
  await pause(20);
}

function makePlot({ office, google, outlook }: Scene, day: string, { until }: Teller) {
  const dayAfter = (count: number): string =>
    new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);
  const at = (clock: string, days: number): string =>
    new Date(wallToInstant(`${dayAfter(days)}T${clock}:00` as WallTime, zone)).toISOString();
  const times = (from: string, to: string, days = 0): Times => ({ start: at(from, days), end: at(to, days) });
  const busyAt = async (who: Technician, span: Times): Promise<boolean> => {
    const query = new URLSearchParams({ from: span.start, to: span.end, resourceIds: who.resourceId });
    const rows = listAt(await office.must('GET', `/v1/schedule?${query}`), 'data').filter(isObject);
    const entries = rows.flatMap((row) => [...listAt(row, 'busy'), ...listAt(row, 'bookings')]).filter(isObject);
    return entries.some(
      ({ start, end }) =>
        Date.parse(String(start)) < Date.parse(span.end) && Date.parse(String(end)) > Date.parse(span.start),
    );
  };
  const shownDay = (who: Technician) => ({ calendarIds: [who.remoteId], day });
  const found = ({ entries }: { entries: readonly Shown[] }, title: string, from: string): string | null =>
    entries.find((entry) => entry.title.includes(title) && Date.parse(entry.start) === Date.parse(at(from, 0)))?.id ??
    null;
  const bookingOf = (id: string): Promise<JsonObject> => office.must('GET', `/v1/bookings/${id}`);

  return {
    times,
    wall: (from: string, to: string, days = 0): Times => ({
      start: `${dayAfter(days)}T${from}:00`,
      end: `${dayAfter(days)}T${to}:00`,
    }),
    shown: (from: string, to: string): string => `${day} ${from}-${to}`,
    async book(who: Technician, title: string, from: string, to: string): Promise<string> {
      const wish = { resourceIds: [who.resourceId], title, ...times(from, to), customer: { name: 'Jo Doe' } };
      return textAt(await office.must('POST', '/v1/bookings', wish), 'id') ?? '';
    },
    /** What was offered instead, in words. */
    async refused(who: Technician, from: string, to: string): Promise<string> {
      const wish = { resourceIds: [who.resourceId], title: 'Second visit', ...times(from, to) };
      const { status, body } = await office.ask('POST', '/v1/bookings', wish);
      if (status !== 409) throw new Error(`a taken time was answered with ${status}`);
      const offers = listAt(body, 'alternatives').filter(isObject);
      return offers.map(({ start }) => instantToWall(Date.parse(String(start)) as never, zone).slice(5, 16)).join(', ');
    },
    /** @returns the id that the copy has there */
    onPhone: (who: Technician, title: string, from: string): Promise<string> =>
      until(`"${title}" on ${who.name}'s phone`, async () =>
        found(google.control.phoneDay(shownDay(who)), title, from),
      ),
    inOutlook: (who: Technician, title: string, from: string): Promise<string> =>
      until(`"${title}" in ${who.name}'s Outlook`, async () =>
        found(outlook.control.phoneDay(shownDay(who)), title, from),
      ),
    startsAt: (booking: string, clock: string): Promise<true> =>
      until(`the booking at ${clock}`, async () =>
        Date.parse(String((await bookingOf(booking)).start)) === Date.parse(at(clock, 0)) ? true : null,
      ),
    written: (booking: string): Promise<true> =>
      until('the copy written', async () => {
        const copies = listAt(await bookingOf(booking), 'calendars').filter(isObject);
        return copies.every(({ state }) => state === 'written') ? true : null;
      }),
    taken: (who: Technician, from: string, to: string, days = 0): Promise<true> =>
      until(`${who.name} busy at ${from}`, async () => ((await busyAt(who, times(from, to, days))) ? true : null)),
    free: (who: Technician, from: string, to: string, days = 0): Promise<true> =>
      until(`${who.name} free at ${from}`, async () => ((await busyAt(who, times(from, to, days))) ? null : true)),
    connectionIs: (who: Technician, state: string): Promise<true> =>
      until(`${who.name}'s connection ${state}`, async () =>
        (await office.must('GET', `/v1/connections/${who.connectionId}`)).state === state ? true : null,
      ),
  };
}
