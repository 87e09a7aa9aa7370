/** Random histories of a person and of us in one Google calendar: the feed always leads to what is really there. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { SyncCursor } from '../../../src/domain/calendar.ts';
import type { RemoteEvent, WriteReceipt } from '../../../src/domain/connector.ts';
import type { EventFields, InstanceKey } from '../../../src/domain/event.ts';
import { applyUnits, diffUnits } from '../../../src/domain/event.ts';
import type { IdempotencyKey, RemoteId } from '../../../src/domain/ids.ts';
import { expand } from '../../../src/domain/series.ts';
import { addWallMs, type EventTime } from '../../../src/domain/time.ts';
import { contractWindow, createIntent, pullAll, removeIntent, stampsOf, upserts } from '../../contract/connector.ts';
import { someFields, zoned } from '../../kit/builders.ts';
import { aGoogleAccount, berlin, type GoogleAccount, owner } from '../../kit/google-account.ts';

const calendarId = owner;
const hourMs = 3_600_000;

/** What the feed and the receipts have told so far. */
class Mirror {
  readonly account: GoogleAccount;
  readonly copies = new Map<RemoteId, RemoteEvent>();
  private cursor: SyncCursor | null = null;

  constructor(account: GoogleAccount) {
    this.account = account;
  }

  async pull(): Promise<void> {
    const { changes, next } = await pullAll(this.account, this.cursor, stampsOf([...this.copies.values()]));
    for (const change of changes) {
      if (change.kind === 'upsert') this.copies.set(change.remote.remoteId, change.remote);
      else if (change.kind === 'remove') this.copies.delete(change.remoteId);
      else if (change.kind !== 'same') throw new Error(`unexpected ${JSON.stringify(change)}`);
    }
    this.cursor = next;
  }

  pick(at: number): RemoteEvent | null {
    return [...this.copies.values()][at % Math.max(1, this.copies.size)] ?? null;
  }

  /** A receipt tells what is there; anything but success leaves the rest to the next pull. */
  note(receipt: WriteReceipt, id: RemoteId | null): void {
    expect(['done', 'stale', 'gone', 'exists'], JSON.stringify(receipt)).to.include(receipt.kind);
    if (receipt.kind !== 'done') return;
    if (receipt.remote !== null) this.copies.set(receipt.remote.remoteId, receipt.remote);
    else if (id !== null) this.copies.delete(id);
  }
}

const weekdays = someFields({
  title: 'round',
  start: zoned('2027-06-01T09:00', berlin),
  end: zoned('2027-06-01T10:00', berlin),
  series: { rules: ['FREQ=DAILY;COUNT=5'], extraDates: [] },
});

type Step = { readonly kind: string; run(m: Mirror): Promise<void> };
const step = (kind: string, run: (m: Mirror) => Promise<void>): Step => ({ kind, run, toString: () => kind }) as Step;

const moved = (time: EventTime, hours: number): EventTime =>
  time.kind === 'date' ? time : { ...time, wall: addWallMs(time.wall, hours * hourMs) };

/** The keys of a series' occurrences, deleted and changed ones too. */
function keysOf(fields: EventFields): InstanceKey[] {
  const all = expand({ ...fields, instances: {} }, contractWindow, berlin).occurrences;
  return all.flatMap(({ key }) => (key === null ? [] : [key]));
}

const occurrenceId = (copy: RemoteEvent, key: InstanceKey): string => {
  const [one] = expand({ ...copy.fields, instances: {} }, contractWindow, berlin).occurrences.filter(
    (o) => o.key === key,
  );
  const at = new Date(one!.span.start).toISOString();
  return `${copy.remoteId}_${at.replace(/[-:]|\.000/g, '')}`;
};

const fields = fc
  .record({ day: fc.integer({ min: 1, max: 9 }), hour: fc.integer({ min: 6, max: 18 }), isSeries: fc.boolean() })
  .map(
    ({ day, hour, isSeries }): EventFields =>
      someFields({
        title: `job ${day} ${hour}`,
        start: zoned(`2027-06-0${day}T${String(hour).padStart(2, '0')}:00`, berlin),
        end: zoned(`2027-06-0${day}T${String(hour + 1).padStart(2, '0')}:00`, berlin),
        series: isSeries ? { rules: ['FREQ=DAILY;COUNT=5'], extraDates: [] } : null,
      }),
  );
/** Small, so that both sides meet at the same occurrences. */
const number = fc.nat(2);

const onSeries = (name: string, act: (m: Mirror, copy: RemoteEvent, key: InstanceKey) => Promise<void>) =>
  fc.tuple(number, number).map(([a, b]) =>
    step(`${name} ${a} ${b}`, async (m) => {
      const copy = m.pick(a);
      const keys = copy === null ? [] : keysOf(copy.fields);
      if (copy !== null && keys.length > 0) await act(m, copy, keys[b % keys.length]!);
    }),
  );

/** A person may find that what we believe to be there is gone. */
const tried = (act: () => unknown): void => {
  try {
    act();
  } catch (error) {
    expect(String(error)).to.match(/there is no event|no occurrence|cannot|does not/i);
  }
};

async function update(m: Mirror, copy: RemoteEvent, wanted: EventFields): Promise<void> {
  const units = diffUnits(copy.fields, wanted);
  if (units.length === 0) return;
  const mark = copy.mark ?? createIntent(wanted).mark;
  const of = { remoteId: copy.remoteId, ifStamp: copy.stamp, seen: copy.fields, key: 'k' as IdempotencyKey };
  const receipt = await m.account.connection.write(m.account.calendar, {
    kind: 'update',
    ...of,
    units,
    fields: wanted,
    mark,
  });
  if (receipt.kind === 'done' && receipt.remote !== null && !units.includes('when')) {
    expect(receipt.remote.fields).to.deep.equal(
      applyUnits(copy.fields, m.account.connector.project(wanted, berlin), units),
    );
  }
  m.note(receipt, copy.remoteId);
}

const steps: fc.Arbitrary<Step> = fc.oneof(
  fields.map((f) => step('person creates', async (m) => void (await m.account.person.create(f)))),
  fields.map((f) =>
    step('we create', async (m) => m.note(await m.account.connection.write(m.account.calendar, createIntent(f)), null)),
  ),
  fc.constant(step('pull', (m) => m.pull())),
  number.map((n) =>
    step(`person deletes ${n}`, async (m) => {
      const copy = m.pick(n);
      if (copy !== null) tried(() => m.account.google.control.phoneDelete({ calendarId, eventId: copy.remoteId }));
    }),
  ),
  number.map((n) =>
    step(`we remove ${n}`, async (m) => {
      const copy = m.pick(n);
      if (copy !== null)
        m.note(await m.account.connection.write(m.account.calendar, removeIntent(copy)), copy.remoteId);
    }),
  ),
  number.map((n) =>
    step(`we rename ${n}`, async (m) => {
      const copy = m.pick(n);
      if (copy !== null) await update(m, copy, { ...copy.fields, title: `renamed ${n}` });
    }),
  ),
  number.map((n) =>
    step(`we move ${n}`, async (m) => {
      const copy = m.pick(n);
      const hours = (n % 3) + 1;
      if (copy !== null && copy.fields.series === null)
        await update(m, copy, {
          ...copy.fields,
          start: moved(copy.fields.start, hours),
          end: moved(copy.fields.end, hours),
        });
    }),
  ),
  onSeries('person moves an occurrence of', async (m, copy, key) => {
    const eventId = occurrenceId(copy, key);
    tried(() => m.account.google.control.phoneEdit({ calendarId, eventId, title: 'moved by hand' }));
  }),
  onSeries('person deletes an occurrence of', async (m, copy, key) => {
    tried(() => m.account.google.control.phoneDelete({ calendarId, eventId: occurrenceId(copy, key) }));
  }),
  onSeries('person splits', async (m, copy, key) => {
    tried(() =>
      m.account.google.control.phoneSplit({ calendarId, eventId: occurrenceId(copy, key), title: 'from now on' }),
    );
  }),
  onSeries('we delete an occurrence of', (m, copy, key) =>
    update(m, copy, { ...copy.fields, instances: { ...copy.fields.instances, [key]: 'cancelled' } }),
  ),
  onSeries('we change an occurrence of', (m, copy, key) => {
    const { series: _series, instances, ...own } = copy.fields;
    const time = zoned(key.slice(0, 16), berlin);
    const changed = { ...own, title: 'ours', start: moved(time, 1), end: moved(time, 2) };
    return update(m, copy, { ...copy.fields, instances: { ...instances, [key]: changed } });
  }),
  onSeries('we take back what happened to an occurrence of', (m, copy, key) => {
    const { [key]: _gone, ...instances } = copy.fields.instances;
    return update(m, copy, { ...copy.fields, instances });
  }),
);

describe('a calendar at Google that two write to', function () {
  this.timeout(120_000);

  it('is told as it is, whatever happened and whenever we looked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 14 }), async (history) => {
        const account = await aGoogleAccount({ quotas: { perUser: 1e9, perProject: 1e9 }, limits: { page: 3 } });
        try {
          const mirror = new Mirror(account);
          await account.person.create(weekdays);
          await mirror.pull();
          for (const { run } of history) await run(mirror);
          await mirror.pull();
          for (const copy of mirror.copies.values()) {
            expect(await account.connection.read(account.calendar, copy.remoteId)).to.deep.equal(copy);
          }
          const listed = await pullAll(account, null, stampsOf([...mirror.copies.values()]));
          expect(upserts(listed.changes)).to.deep.equal([]);
          expect(listed.changes.map((c) => ('remoteId' in c ? c.remoteId : null))).to.have.members([
            ...mirror.copies.keys(),
          ]);
          expect(account.violations()).to.deep.equal([]);
        } finally {
          await account.stop();
        }
      }),
      { numRuns: 40 },
    );
  });
});
