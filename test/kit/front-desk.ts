/** An office over HTTP: one technician, calendars in memory, and what the office asks when the two sides disagree. */
import { expect } from 'chai';
import type { MemoryCalendar, Owner } from '../../connectors/memory/index.ts';
import { addCalendar, ownerOf } from '../../connectors/memory/index.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { utcZone } from '../../src/domain/time.ts';
import type { Api, Ask, Reply } from './api.ts';
import { aBooking, aConnectionOf, aTechnician } from './api.ts';
import { someFields, zoned } from './builders.ts';

export interface DeskCalendar {
  readonly id: string;
  readonly server: MemoryCalendar;
  readonly owner: Owner;
}

/** Times on 2 June 2027, whole hours in UTC. */
export const hours = (from: number, to: number): Pick<EventFields, 'start' | 'end'> => ({
  start: zoned(`2027-06-02T${two(from)}:00`),
  end: zoned(`2027-06-02T${two(to)}:00`),
});
export const restHours = (from: number, to: number) => ({
  start: `2027-06-02T${two(from)}:00:00Z`,
  end: `2027-06-02T${two(to)}:00:00Z`,
});
const two = (n: number): string => String(n).padStart(2, '0');

export interface FrontDesk {
  readonly api: Api;
  readonly resourceId: string;
  attach(name: string, over?: Record<string, unknown>): Promise<DeskCalendar>;
  /** Books 10:00 to 11:00 on 2 June 2027 unless said otherwise, and waits until it is in all calendars. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer from outside whose shape each test names
  book(over?: Record<string, unknown>): Promise<any>;
  /** Visits every calendar until nothing is owed. */
  quiet(): Promise<void>;
  /** The copy of the booking (or the event with this title) in a calendar. */
  copy(
    calendar: DeskCalendar,
    title?: string,
  ): { readonly id: Parameters<Owner['edit']>[0]; readonly fields: EventFields };
  // biome-ignore lint/suspicious/noExplicitAny: as above
  open(): Promise<any[]>;
  resolve(id: string, body: Record<string, unknown>, o?: Ask): Promise<Reply>;
}

export async function aFrontDesk(api: Api): Promise<FrontDesk> {
  const resourceId = await aTechnician(api, { workingHours: [] });
  const connectionId = await aConnectionOf(api);
  const calendars: DeskCalendar[] = [];
  const quiet = async (): Promise<void> => {
    for (let round = 0; round < 8; round += 1) {
      let owed = 0;
      for (const { id } of calendars) {
        const reply = await api.ask('POST', `/v1/calendars/${id}/sync?wait=10`);
        expect(reply.status, reply.text).to.be.oneOf([200, 202]);
      }
      for (const { id } of calendars) owed += (await api.ask('GET', `/v1/calendars/${id}`)).body.sync.pending;
      if (round > 0 && owed === 0) return;
    }
    throw new Error('the calendars do not come to rest');
  };
  return {
    api,
    resourceId,
    quiet,
    async attach(name, over = {}) {
      const server = addCalendar(api.world, name, { zone: utcZone });
      const body = { connectionId, remoteId: server.remoteId, resourceId, role: 'two-way', ...over };
      const reply = await api.ask('POST', '/v1/calendars', body);
      expect(reply.status, reply.text).to.equal(201);
      const calendar = { id: reply.body.id as string, server, owner: ownerOf(server) };
      calendars.push(calendar);
      await quiet();
      return calendar;
    },
    async book(over = {}) {
      const made = await api.ask('POST', '/v1/bookings', aBooking(resourceId, over));
      expect(made.status, made.text).to.equal(201);
      await quiet();
      return made.body;
    },
    copy(calendar, title) {
      const items = calendar.owner.events();
      const item = items.find((i) => (title === undefined ? i.mark !== null : i.fields.title === title));
      if (item === undefined) throw new Error(`no such copy among ${items.map((i) => i.fields.title).join(', ')}`);
      return { id: item.remoteId, fields: item.fields };
    },
    async open() {
      return (await api.ask('GET', '/v1/conflicts?state=open')).body.data;
    },
    resolve: (id, body, o = {}) => api.ask('POST', `/v1/conflicts/${id}/resolve`, body, o),
  };
}

export const dentist = (from: number, to: number): EventFields => someFields({ title: 'Dentist', ...hours(from, to) });
