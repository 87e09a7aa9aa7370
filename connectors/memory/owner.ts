/** The person whose calendar it is, at their own app: creates, edits and deletes without asking anybody's stamp. */
import type { EventFields } from '../../src/domain/event.ts';
import type { RemoteId } from '../../src/domain/ids.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import type { CalendarDay } from '../../src/domain/time.ts';
import type { Item, MemoryCalendar } from './world.ts';
import { store, visible } from './world.ts';

export interface Owner {
  create(fields: EventFields): RemoteId;
  /** Changes some fields; our mark survives, as it does in real calendars. */
  edit(id: RemoteId, change: Partial<EventFields>): void;
  remove(id: RemoteId): void;
  /** Takes a deletion back: same id, same content. */
  undelete(id: RemoteId): void;
  /** Copies an event with everything on it, our mark included. */
  duplicate(id: RemoteId): RemoteId;
  /** Puts something there that nobody can read. */
  litter(): RemoteId;
  /** What the calendar shows. */
  events(): readonly Item[];
}

export function ownerOf(calendar: MemoryCalendar): Owner {
  let made = 0;
  const freshId = (): RemoteId => {
    made += 1;
    return asRemoteId(`${calendar.name}-${calendar.seq}-${made}`);
  };
  const known = (id: RemoteId): Item => {
    const item = visible(calendar, id);
    if (item === null) throw new Error(`no event ${id} in ${calendar.name}`);
    return item;
  };
  return {
    create: (fields) => store(calendar, { remoteId: freshId(), createId: null, fields, mark: null }).remoteId,
    edit(id, change) {
      const item = known(id);
      store(calendar, { ...item, fields: { ...item.fields, ...change } });
    },
    remove(id) {
      store(calendar, { ...known(id), isGone: true });
    },
    undelete(id) {
      const item = calendar.items.get(id);
      if (item?.isGone) store(calendar, { ...item, isGone: false });
    },
    duplicate(id) {
      return store(calendar, { ...known(id), remoteId: freshId(), createId: null }).remoteId;
    },
    litter() {
      const fields = [...calendar.items.values()][0]?.fields ?? nothing;
      return store(calendar, { remoteId: freshId(), createId: null, fields, mark: null, garbage: 'not an event' })
        .remoteId;
    },
    events: () => [...calendar.items.values()].filter((item) => !item.isGone),
  };
}

const nothing: EventFields = {
  title: '',
  description: '',
  location: '',
  start: { kind: 'date', day: '2027-06-01' as CalendarDay },
  end: { kind: 'date', day: '2027-06-02' as CalendarDay },
  busy: 'busy',
  response: 'none',
  status: 'confirmed',
  privacy: 'default',
  series: null,
  instances: {},
};
