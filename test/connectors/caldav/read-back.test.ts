/** An event of ours between two instants is taken as written without reading our own text: it must read just so. */
import { expect } from 'chai';
import fc from 'fast-check';
import { fromICalendar, newICalendar, ownUid, projectICalendar } from '../../../mappings/caldav.ts';
import type { EventId } from '../../../src/domain/ids.ts';
import { utcZone } from '../../../src/domain/time.ts';
import { createIntent, remoteOf, updateIntent } from '../../contract/connector.ts';
import { CaldavDouble } from '../../doubles/caldav-server.ts';
import { anyFields, anyZone } from '../../kit/arbitrary-fields.ts';
import { at, someFields } from '../../kit/builders.ts';
import { openDouble } from '../../kit/caldav-account.ts';
import { fakeClock } from '../../kit/clock.ts';

const mark = { eventId: 'evt_0123456789abcdefghij' as EventId, version: 7 };
const now = at('2027-05-01T00:00:00Z');
const createId = '0123456789abcdefghijklmnopqrstuv';

describe('what a CalDAV server holds after a write', () => {
  it('reads as it was written, in whatever zone the calendar is', () => {
    const plain = anyFields.filter((f) => f.series === null && f.start.kind === 'zoned' && f.end.kind === 'zoned');
    fc.assert(
      fc.property(plain, anyZone, (fields, zone) => {
        const text = newICalendar(fields, { uid: ownUid(createId), mark, now });
        const mapped = fromICalendar(text, { ownAddresses: [], floatingZone: zone });
        expect(mapped).to.deep.include({ fields: projectICalendar(fields, utcZone), mark, createId });
      }),
      { numRuns: 1000 },
    );
  });

  it('is known well enough to be changed without being read', async () => {
    const server = await new CaldavDouble().start();
    const { connection, calendar } = await openDouble(server, { clock: fakeClock(now) });
    try {
      remoteOf(await connection.write(calendar, createIntent(someFields({ title: 'Boiler service' }))));
      const second = remoteOf(await connection.write(calendar, createIntent(someFields({ title: 'Other service' }))));
      server.takeMethods();
      const fields = { ...second.fields, title: 'Third service' };
      const third = remoteOf(await connection.write(calendar, updateIntent(second, fields, ['what'])));
      expect(server.takeMethods()).to.deep.equal(['PUT']);
      expect(third.fields).to.deep.equal(fields);
      expect(server.wrong).to.deep.equal([]);
    } finally {
      await connection.close();
      await server.stop();
    }
  });
});
