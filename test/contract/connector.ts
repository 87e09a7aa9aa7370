/** What every connector must do, as a suite that each connector's own test calls with a fixture. */
import { expect } from 'chai';
import type { RemoteCalendar, SyncCursor } from '../../src/domain/calendar.ts';
import type {
  Change,
  Connector,
  FeedPage,
  OpenConnection,
  RemoteEvent,
  WriteReceipt,
} from '../../src/domain/connector.ts';
import type { EventFields } from '../../src/domain/event.ts';
import type { EventId, IdempotencyKey, RemoteId, RemoteStamp } from '../../src/domain/ids.ts';
import { createIdFor, newId } from '../../src/domain/ids.ts';
import type { Zone } from '../../src/domain/time.ts';
import { at, someFields, zoned } from '../kit/builders.ts';

/** The owner of the calendar at their own calendar app; knows nothing of our stamps. */
export interface Person {
  create(fields: EventFields): Promise<RemoteId>;
  /** Overwrites the event with these fields, without asking whether it changed meanwhile. */
  edit(id: RemoteId, fields: EventFields): Promise<void>;
  remove(id: RemoteId): Promise<void>;
  /** Puts something into the calendar that is no readable event. */
  litter(): Promise<RemoteId>;
}

export interface ConnectorFixture {
  readonly connector: Connector;
  readonly connection: OpenConnection;
  /** Empty at the start. */
  readonly calendar: RemoteCalendar;
  readonly zone: Zone;
  readonly person: Person;
  /** A cursor that the provider does not know. */
  lostCursor(real: SyncCursor): Promise<SyncCursor>;
  stop(): Promise<void>;
}

export const contractWindow = { start: at('2027-05-01T00:00:00Z'), end: at('2028-06-01T00:00:00Z') };

/** Reads a feed to its end and checks the form that all feeds have. */
export async function pullAll(
  f: Pick<ConnectorFixture, 'connection' | 'calendar'>,
  from: SyncCursor | null,
  known: ReadonlyMap<RemoteId, RemoteStamp> = new Map(),
): Promise<{ mode: FeedPage['mode']; changes: Change[]; next: SyncCursor; pages: FeedPage[] }> {
  const pages: FeedPage[] = [];
  const pick = async (ids: readonly RemoteId[]) =>
    new Map(ids.flatMap((id) => (known.has(id) ? [[id, known.get(id)!] as const] : [])));
  const request = { calendar: f.calendar, from, window: contractWindow, known: pick };
  for await (const page of f.connection.pull(request)) pages.push(page);
  expect(pages, 'a feed has at least one page').to.not.be.empty;
  expect(
    pages.slice(0, -1).every((p) => p.next === null),
    'only the last page ends the feed',
  ).to.equal(true);
  expect(new Set(pages.map((p) => p.mode)).size, 'one feed has one mode').to.equal(1);
  const last = pages.at(-1)!;
  expect(last.next, 'the last page carries the cursor').to.not.equal(null);
  return { mode: last.mode, changes: pages.flatMap((p) => p.changes), next: last.next!, pages };
}

export const upserts = (changes: readonly Change[]): RemoteEvent[] =>
  changes.flatMap((c) => (c.kind === 'upsert' ? [c.remote] : []));

export const stampsOf = (remotes: readonly RemoteEvent[]): Map<RemoteId, RemoteStamp> =>
  new Map(remotes.map((r) => [r.remoteId, r.stamp]));

/** A create of a fresh event of ours, with all that belongs to it. */
export function createIntent(fields: EventFields, eventId: EventId = newId('event'), version = 1) {
  const createId = createIdFor(eventId, newId('calendar'), 1);
  const key = `key-${createId}` as IdempotencyKey;
  return { kind: 'create', key, createId, fields, mark: { eventId, version } } as const;
}

export function updateIntent(
  on: RemoteEvent,
  fields: EventFields,
  units: readonly ('what' | 'when' | 'where' | 'busy')[],
  version = 2,
) {
  const mark = { eventId: on.mark?.eventId ?? newId('event'), version };
  const key = `key-${on.remoteId}-${version}` as IdempotencyKey;
  return {
    kind: 'update',
    key,
    remoteId: on.remoteId,
    ifStamp: on.stamp,
    seen: on.fields,
    units,
    fields,
    mark,
  } as const;
}

export const removeIntent = (on: RemoteEvent) =>
  ({
    kind: 'remove',
    key: `key-${on.remoteId}-gone` as IdempotencyKey,
    remoteId: on.remoteId,
    ifStamp: on.stamp,
  }) as const;

export function remoteOf(receipt: WriteReceipt): RemoteEvent {
  if ((receipt.kind === 'done' || receipt.kind === 'exists') && receipt.remote !== null) return receipt.remote;
  throw new Error(`no copy in the receipt ${JSON.stringify(receipt)}`);
}

const weekly: EventFields = someFields({
  title: 'Weekly service',
  start: zoned('2027-06-07T09:00', 'Europe/Berlin'),
  end: zoned('2027-06-07T10:30', 'Europe/Berlin'),
  series: { rules: ['FREQ=WEEKLY;COUNT=6'], extraDates: [] },
});

export function connectorContract(name: string, makeFixture: () => Promise<ConnectorFixture>): void {
  describe(`${name} keeps the connector contract`, () => {
    let f: ConnectorFixture;
    beforeEach(async () => {
      f = await makeFixture();
    });
    afterEach(() => f.stop());
    const create = (fields: EventFields) => f.connection.write(f.calendar, createIntent(fields));

    readingRules(() => f);
    writingRules(() => f);

    it('carries series, whole days and other zones there and back as it says by project', async () => {
      const wholeDay = someFields({
        title: 'Holiday',
        start: { kind: 'date', day: '2027-07-01' as never },
        end: { kind: 'date', day: '2027-07-03' as never },
        busy: 'free',
      });
      for (const fields of [
        weekly,
        wholeDay,
        someFields({ location: 'Main St. 1; back yard', description: 'a\nb, c' }),
      ]) {
        const projected = f.connector.project(fields, f.zone);
        expect(f.connector.project(projected, f.zone)).to.deep.equal(projected);
        const copy = remoteOf(await create(fields));
        expect(copy.fields).to.deep.equal(projected);
        expect((await f.connection.read(f.calendar, copy.remoteId))?.fields).to.deep.equal(projected);
      }
    });
  });
}

function readingRules(current: () => ConnectorFixture): void {
  it('lists the calendar under the id that its feed works with', async () => {
    const f = current();
    const offered = await f.connection.calendars();
    expect(offered.map((c) => c.remoteId)).to.include(f.calendar.remoteId);
  });

  it('gives an empty calendar as a complete listing with a cursor', async () => {
    const { mode, changes } = await pullAll(current(), null);
    expect({ mode, changes }).to.deep.equal({ mode: 'listing', changes: [] });
  });

  it('lists what a person made before, once each', async () => {
    const f = current();
    const ids = [await f.person.create(someFields({ title: 'one' })), await f.person.create(weekly)];
    const { mode, changes } = await pullAll(f, null);
    expect(mode).to.equal('listing');
    expect(upserts(changes).map((r) => r.remoteId)).to.have.members(ids);
    expect(upserts(changes).find((r) => r.remoteId === ids[0])).to.deep.include({ createId: null, mark: null });
    expect(upserts(changes).find((r) => r.remoteId === ids[1])?.fields.series).to.deep.equal(weekly.series);
  });

  it('tells nothing when nothing happened', async () => {
    const f = current();
    await f.person.create(someFields());
    const first = await pullAll(f, null);
    const again = await pullAll(f, first.next, stampsOf(upserts(first.changes)));
    expect(again.changes.filter((c) => c.kind !== 'same')).to.deep.equal([]);
  });

  it('marks what is known as unchanged in a listing, without its body', async () => {
    const f = current();
    const id = await f.person.create(someFields());
    const first = await pullAll(f, null);
    const again = await pullAll(f, null, stampsOf(upserts(first.changes)));
    expect(again.changes).to.deep.equal([{ kind: 'same', remoteId: id }]);
  });

  it('tells each edit, creation and removal of a person after the cursor', async () => {
    const f = current();
    const [kept, edited, removed] = [
      await f.person.create(someFields({ title: 'kept' })),
      await f.person.create(someFields({ title: 'to edit' })),
      await f.person.create(someFields({ title: 'to remove' })),
    ];
    const first = await pullAll(f, null);
    const known = stampsOf(upserts(first.changes));
    await f.person.edit(
      edited,
      someFields({ title: 'edited', start: zoned('2027-06-02T08:00'), end: zoned('2027-06-02T09:00') }),
    );
    await f.person.remove(removed);
    const added = await f.person.create(someFields({ title: 'added' }));
    const { mode, changes } = await pullAll(f, first.next, known);
    const byId = new Map(upserts(changes).map((r) => [r.remoteId, r.fields.title]));
    expect(Object.fromEntries(byId)).to.deep.equal({ [edited]: 'edited', [added]: 'added' });
    if (mode === 'delta') expect(changes).to.deep.include({ kind: 'remove', remoteId: removed });
    else
      expect(changes.map((c) => ('remoteId' in c ? c.remoteId : null)))
        .to.include(kept)
        .and.not.include(removed);
  });

  it('answers a cursor that was lost with cursor-lost or with a complete listing, never with a part', async () => {
    const f = current();
    const id = await f.person.create(someFields());
    const first = await pullAll(f, null);
    const lost = await f.lostCursor(first.next);
    const outcome = await pullAll(f, lost).then(
      (all) => all,
      (fault: { kind: string }) => fault.kind,
    );
    if (typeof outcome === 'string') expect(outcome).to.equal('cursor-lost');
    else expect(upserts(outcome.changes).map((r) => r.remoteId)).to.deep.equal([id]);
  });

  it('quarantines what cannot be read and goes on with the rest', async () => {
    const f = current();
    const bad = await f.person.litter();
    const good = await f.person.create(someFields());
    const { changes } = await pullAll(f, null);
    expect(upserts(changes).map((r) => r.remoteId)).to.deep.equal([good]);
    const unreadable = changes.flatMap((c) => (c.kind === 'unreadable' ? [c] : []));
    expect(unreadable.map((c) => c.remoteId)).to.deep.equal([bad]);
    expect(unreadable[0]!.why).to.be.a('string').and.not.equal('');
  });

  it('reads nothing where nothing is', async () => {
    const f = current();
    const id = await f.person.create(someFields());
    await f.person.remove(id);
    expect(await f.connection.read(f.calendar, id)).to.equal(null);
  });
}

function writingRules(current: () => ConnectorFixture): void {
  const write = (intent: Parameters<OpenConnection['write']>[1]) =>
    current().connection.write(current().calendar, intent);

  it('answers a create with the copy as the provider holds it, and finds it again as our own', async () => {
    const f = current();
    const intent = createIntent(someFields());
    const receipt = await write(intent);
    expect(receipt.kind).to.equal('done');
    const copy = remoteOf(receipt);
    expect(copy).to.deep.include({ createId: intent.createId, mark: intent.mark });
    expect(await f.connection.read(f.calendar, copy.remoteId)).to.deep.equal(copy);
    const { changes } = await pullAll(f, null);
    expect(upserts(changes)).to.deep.equal([copy]);
  });

  it('meets its own earlier self when a create is repeated, and makes no second copy', async () => {
    const f = current();
    const intent = createIntent(someFields());
    const first = remoteOf(await write(intent));
    const again = await write(intent);
    expect(again).to.deep.equal({ kind: 'exists', remote: first });
    expect(upserts((await pullAll(f, null)).changes)).to.have.length(1);
  });

  it('changes only the units that it was told to', async () => {
    const copy = remoteOf(await write(createIntent(someFields({ location: 'Main Street 1' }))));
    const next = someFields({
      title: 'Moved',
      location: 'must not be written',
      start: zoned('2027-06-03T10:00'),
      end: zoned('2027-06-03T11:00'),
    });
    const receipt = await write(updateIntent(copy, next, ['what', 'when']));
    expect(receipt.kind).to.equal('done');
    const after = remoteOf(receipt);
    expect(after.fields).to.deep.equal({ ...next, location: 'Main Street 1' });
    expect(after.stamp).to.not.equal(copy.stamp);
    expect(after.mark?.version).to.equal(2);
    expect(await current().connection.read(current().calendar, copy.remoteId)).to.deep.equal(after);
  });

  it('does not overwrite what a person changed meanwhile', async () => {
    const f = current();
    const copy = remoteOf(await write(createIntent(someFields())));
    await f.person.edit(copy.remoteId, someFields({ title: 'by hand' }));
    expect(await write(updateIntent(copy, someFields({ title: 'ours' }), ['what']))).to.deep.equal({ kind: 'stale' });
    expect(await write(removeIntent(copy))).to.deep.equal({ kind: 'stale' });
    expect((await f.connection.read(f.calendar, copy.remoteId))?.fields.title).to.equal('by hand');
  });

  it('edits and removes what a person made', async () => {
    const f = current();
    const id = await f.person.create(someFields({ title: 'theirs' }));
    const [theirs] = upserts((await pullAll(f, null)).changes);
    const changed = remoteOf(await write(updateIntent(theirs!, { ...theirs!.fields, title: 'changed' }, ['what'])));
    expect(changed).to.deep.include({ remoteId: id, fields: { ...theirs!.fields, title: 'changed' } });
    expect(await write(removeIntent(changed))).to.deep.equal({ kind: 'done', remote: null });
    expect(await f.connection.read(f.calendar, id)).to.equal(null);
  });

  it('says gone for a copy that is no longer there', async () => {
    const copy = remoteOf(await write(createIntent(someFields())));
    await current().person.remove(copy.remoteId);
    expect(await write(updateIntent(copy, someFields({ title: 'late' }), ['what']))).to.deep.equal({ kind: 'gone' });
    expect(await write(removeIntent(copy))).to.deep.equal({ kind: 'gone' });
  });

  it('tells its own writes in the next feed with the stamps of their receipts, or not at all', async () => {
    const f = current();
    const start = await pullAll(f, null);
    const copies = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => remoteOf(await write(createIntent(someFields({ title: `job ${i}` }))))),
    );
    const known = stampsOf(copies);
    const { changes } = await pullAll(f, start.next, known);
    for (const remote of upserts(changes)) expect(known.get(remote.remoteId)).to.equal(remote.stamp);
  });
}
