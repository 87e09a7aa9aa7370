import { expect } from 'chai';
import { asZone } from '../../../src/domain/zone.ts';
import { connectorContract } from '../../contract/connector.ts';
import { CaldavDouble, type Knobs } from '../../doubles/caldav-server.ts';
import { openDouble, personAt, shelfOf } from '../../kit/caldav-account.ts';

/** Servers as they were seen in the wild, each a set of habits. */
const habits: Readonly<Record<string, Partial<Knobs>>> = {
  'a well-behaved CalDAV server': {},
  'a server like Xandikos': { innerErrors: true, dataInSync: false, bareReports: true, badToken: 'server-error' },
  'a server without sync-collection': { sync: 'ctag', missingInMultiget: 'whole' },
  'a server with ETags only': { sync: 'none', missingInMultiget: 'omit' },
  'a server that cuts its reports': { pageLimit: 2, sloppyNamespace: true },
  'a server that gives no ETag on PUT and rewords titles': {
    etagOnPut: false,
    reword: (text) => text.replace(/^DTSTAMP:.*\r$/gm, 'DTSTAMP:20270501T120000Z\r'),
  },
  'a server behind a proxy that weakens ETags': { weakEtags: true, absoluteHrefs: true },
};

for (const [name, knobs] of Object.entries(habits)) {
  connectorContract(name, async () => {
    const server = await new CaldavDouble().start();
    server.set(knobs);
    const account = await openDouble(server);
    return {
      ...account,
      zone: account.calendar.zone ?? asZone('UTC')!,
      person: personAt(shelfOf(server), account.calendar),
      lostCursor: async (real) => {
        server.work.forgetTokens();
        return { ...real, value: real.value };
      },
      stop: async () => {
        await account.connection.close();
        await server.stop();
        expect(server.wrong, 'requests that no correct client sends').to.deep.equal([]);
      },
    };
  });
}
