/** A technician whose calendar lives on the CalDAV double: a gateway shared by a suite, a fresh account for every test. */
import { expect } from 'chai';
import type { EventFields } from '../../src/domain/event.ts';
import type { Collection } from '../doubles/caldav-collection.ts';
import { CaldavDouble, type Knobs } from '../doubles/caldav-server.ts';
import { someFields, zoned } from './builders.ts';
import type { RunningGateway } from './gateway.ts';
import { ics } from './ics.ts';
import { anOffice, type Office, type ServerAccount } from './office.ts';
import type { Rest } from './rest.ts';

export interface DoubleScene {
  readonly double: CaldavDouble;
  /** What the phone sees of the calendar `work`. */
  readonly work: Collection;
  readonly office: Office;
  readonly resourceId: string;
  readonly calendarId: string;
  /** Checks that the double never had to refuse a wrong request, and forgets the account. */
  end(): Promise<void>;
}

export const accountOf = (double: CaldavDouble): ServerAccount => ({ serverUrl: double.origin, ...double.user });

export async function aDoubleScene(
  gateway: { readonly rest: Rest } | RunningGateway,
  knobs: Partial<Knobs> = {},
): Promise<DoubleScene> {
  const double = await new CaldavDouble().start();
  double.set(knobs);
  const office = await anOffice(gateway.rest, accountOf(double));
  const resourceId = await office.technician();
  const calendarId = await office.attach(resourceId, '/work/');
  return {
    ...{ double, work: double.work, office, resourceId, calendarId },
    async end() {
      await gateway.rest('DELETE', `/v1/connections/${office.connectionId}`);
      await double.stop();
      expect(double.wrong).to.deep.equal([]);
    },
  };
}

/** What a phone stores for an event on one day in Berlin. */
export function typed(
  uid: string,
  o: { readonly day: string; readonly from: string; readonly to: string; readonly title: string },
  over: Partial<EventFields> = {},
): string {
  const zone = 'Europe/Berlin';
  const [start, end] = [zoned(`${o.day}T${o.from}`, zone), zoned(`${o.day}T${o.to}`, zone)];
  return ics(uid, someFields({ title: o.title, description: '', location: '', start, end, ...over }));
}

/** The stored texts that name a booking, lines unfolded. */
export function copiesOf(collection: Collection, bookingId: string): string[] {
  const texts = [...collection.items.values()].map((item) => item.text.replace(/\r\n[ \t]/g, ''));
  return texts.filter((text) => text.includes(bookingId));
}
