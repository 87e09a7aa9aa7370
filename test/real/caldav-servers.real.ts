/** The connector contract and more against real Radicale and Xandikos. A server that does not start is a failure. */
import { expect } from 'chai';
import type { Fault } from '../../src/domain/fault.ts';
import { utcZone } from '../../src/domain/time.ts';
import {
  connectorContract,
  createIntent,
  pullAll,
  remoteOf,
  removeIntent,
  stampsOf,
  updateIntent,
  upserts,
} from '../contract/connector.ts';
import { someFields, zoned } from '../kit/builders.ts';
import { type OpenAccount, openAccount, personAt } from '../kit/caldav-account.ts';
import { ics } from '../kit/ics.ts';
import { type RealServer, startRealServer } from '../kit/real-servers.ts';

const kindOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no fault',
    (fault: Fault) => fault.kind,
  );

/** Both servers store it, and nothing can be made of it: its start lies before any calendar of ours. */
const yearOne = ics('year-one', someFields({ start: zoned('0001-01-01T10:00'), end: zoned('0001-01-01T11:00') }));

interface Quirks {
  /** What a token that the server never gave leads to. */
  readonly unknownToken: 'cursor-lost' | 'listing';
}

function realServer(name: 'radicale' | 'xandikos', quirks: Quirks): void {
  describe(`the real ${name}`, function () {
    this.timeout(60_000);
    let server: RealServer;
    let count = 0;
    before(async function () {
      this.timeout(240_000);
      // The sign in the user name comes back percent-encoded in every href.
      server = await startRealServer(name, 'tech@example.com');
    });
    after(() => server?.stop());

    const freshAccount = async (): Promise<{ account: OpenAccount; address: string }> => {
      count += 1;
      const address = await server.makeCalendar(`cal-${count}`);
      const { username, password } = server;
      const account = await openAccount({ serverUrl: server.url, username, password }, `/cal-${count}/`);
      return { account, address };
    };

    connectorContract(name, async () => {
      const { account, address } = await freshAccount();
      return {
        ...account,
        zone: account.calendar.zone ?? utcZone,
        person: personAt(server.shelf(address), account.calendar, yearOne),
        lostCursor: async (real) => ({ ...real, value: `${real.value.slice(0, -6)}abcdef` }),
        stop: async () => {
          await account.connection.close();
          await server.dropCalendar(address);
        },
      };
    });

    journeys(() => server, freshAccount, quirks);
  });
}

function journeys(
  current: () => RealServer,
  freshAccount: () => Promise<{ account: OpenAccount; address: string }>,
  quirks: Quirks,
): void {
  let account: OpenAccount;
  let address: string;
  beforeEach(async () => {
    ({ account, address } = await freshAccount());
  });
  afterEach(() => account.connection.close());
  const write = (intent: Parameters<OpenAccount['connection']['write']>[1]) =>
    account.connection.write(account.calendar, intent);

  it('refuses a wrong password as a matter of consent', async () => {
    const { url, username } = current();
    const attempt = openAccount({ serverUrl: url, username, password: 'not-this-one' }, '/');
    expect(await kindOf(attempt)).to.equal('consent');
  });

  it('lists hundreds of objects once each, then only what is new', async () => {
    const shelf = current().shelf(address);
    for (let i = 0; i < 230; i += 1) await shelf.put(`n${i}.ics`, ics(`n${i}`, someFields({ title: `job ${i}` })));
    const first = await pullAll(account, null);
    const remotes = upserts(first.changes);
    expect(new Set(remotes.map((r) => r.fields.title)).size).to.equal(230);
    const again = await pullAll(account, first.next, stampsOf(remotes));
    expect(again.changes).to.deep.equal([]);
    await shelf.put('n7.ics', ics('n7', someFields({ title: 'changed' })));
    const third = await pullAll(account, again.next, stampsOf(remotes));
    expect(upserts(third.changes).map((r) => r.fields.title)).to.deep.equal(['changed']);
  });

  it(`answers a token that it does not know by ${quirks.unknownToken}, and goes on from there`, async () => {
    await current().shelf(address).put('a.ics', ics('a', someFields()));
    const first = await pullAll(account, null);
    const lost = { ...first.next, value: `${first.next.value.slice(0, -6)}abcdef` };
    if (quirks.unknownToken === 'cursor-lost') expect(await kindOf(pullAll(account, lost))).to.equal('cursor-lost');
    else {
      const listed = await pullAll(account, lost);
      expect(listed.mode).to.equal('listing');
      expect(listed.next).to.deep.equal(first.next);
    }
  });

  it('lets exactly one of twelve writers with the same stamp win', async () => {
    const copy = remoteOf(await write(createIntent(someFields())));
    const titles = Array.from({ length: 12 }, (_, i) => `writer ${i}`);
    const receipts = await Promise.all(
      titles.map((title) => write(updateIntent(copy, someFields({ title }), ['what']))),
    );
    expect(receipts.map((r) => r.kind).sort()).to.deep.equal(['done', ...Array.from({ length: 11 }, () => 'stale')]);
  });

  it('lets exactly one of twelve equal creates win, and the others meet it', async () => {
    const intent = createIntent(someFields());
    const receipts = await Promise.all(Array.from({ length: 12 }, () => write(intent)));
    expect(receipts.map((r) => r.kind).sort()).to.deep.equal(['done', ...Array.from({ length: 11 }, () => 'exists')]);
  });

  it('tells a person when our UID lives under another name', async () => {
    const intent = createIntent(someFields());
    const copy = remoteOf(await write(intent));
    const shelf = current().shelf(address);
    const name = copy.remoteId.split('/').at(-1)!;
    const text = (await shelf.get(name))!;
    await shelf.remove(name);
    await shelf.put('renamed.ics', text);
    const receipt = await write(intent);
    expect(receipt).to.deep.include({ kind: 'refused' });
    expect('why' in receipt && receipt.why).to.include('no-uid-conflict');
  });

  it('says that the calendar is gone, to readers and to writers', async () => {
    const first = await pullAll(account, null);
    await current().dropCalendar(address);
    expect(await kindOf(pullAll(account, null))).to.equal('calendar-gone');
    expect(await kindOf(pullAll(account, first.next))).to.equal('calendar-gone');
    expect(await kindOf(write(createIntent(someFields())))).to.equal('calendar-gone');
  });

  it('keeps what other apps put into an object that we edit and remove', async () => {
    const shelf = current().shelf(address);
    const extra = [
      'X-FOREIGN;X-P=1:keep me',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER:-PT15M',
      'DESCRIPTION:ring',
      'END:VALARM',
    ];
    await shelf.put('theirs.ics', ics('theirs', someFields({ title: 'Ölwechsel 🛠' }), extra));
    const [theirs] = upserts((await pullAll(account, null)).changes);
    const moved = { ...theirs!.fields, start: zoned('2027-06-05T07:00'), end: zoned('2027-06-05T08:00') };
    const after = remoteOf(await write(updateIntent(theirs!, moved, ['when'])));
    const text = (await shelf.get('theirs.ics'))!;
    expect(text)
      .to.match(/^X-FOREIGN;X-P=1:keep me\r?$/m)
      .and.include('TRIGGER:-PT15M');
    expect(after.fields).to.deep.equal(moved);
    expect(await write(removeIntent(after))).to.deep.equal({ kind: 'done', remote: null });
    expect(await shelf.get('theirs.ics')).to.equal(null);
  });
}

realServer('radicale', { unknownToken: 'cursor-lost' });
realServer('xandikos', { unknownToken: 'listing' });
