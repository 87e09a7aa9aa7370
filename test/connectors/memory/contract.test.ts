/** Runs the connector contract over the calendar server in memory, in the shapes that real providers have. */
import { addCalendar, makeWorld, memoryConnector, ownerOf } from '../../../connectors/memory/index.ts';
import { store } from '../../../connectors/memory/world.ts';
import type { Capabilities } from '../../../src/domain/connector.ts';
import { silentLog } from '../../../src/domain/ports.ts';
import { utcZone } from '../../../src/domain/time.ts';
import type { ConnectorFixture } from '../../contract/connector.ts';
import { connectorContract } from '../../contract/connector.ts';
import { aConnection, at } from '../../kit/builders.ts';
import { fakeClock } from '../../kit/clock.ts';

async function fixture(capabilities: Partial<Capabilities>): Promise<ConnectorFixture> {
  const world = makeWorld();
  const calendar = addCalendar(world, 'work', { zone: utcZone });
  const connector = memoryConnector({ world, capabilities });
  const deps = {
    clock: fakeClock(at('2027-06-01T00:00:00Z')),
    log: silentLog,
    secret: null,
    saveSecret: async () => {},
    renewSecret: async (renew: (newest: unknown) => Promise<unknown>) => renew(null),
  };
  const owner = ownerOf(calendar);
  return {
    connector,
    connection: connector.open(aConnection(), deps),
    calendar: calendar,
    zone: utcZone,
    person: {
      create: async (fields) => owner.create(fields),
      edit: async (id, fields) => void store(calendar, { ...calendar.items.get(id)!, fields }),
      remove: async (id) => owner.remove(id),
      litter: async () => owner.litter(),
    },
    async lostCursor(real) {
      calendar.era += 1;
      return real;
    },
    stop: async () => {},
  };
}

connectorContract('the memory connector with a delta feed', () => fixture({}));
connectorContract('the memory connector that can only list', () => fixture({ feed: 'listing' }));
connectorContract('the memory connector that names copies itself', () => fixture({ createBy: 'own-href' }));
