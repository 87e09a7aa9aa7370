/** Sounds the alarm of a visit: says what is held, once, in words that the office understands. */
import type { HeldChange, MassChangeAlarm } from '../domain/calendar.ts';
import { spanOf } from '../domain/series.ts';
import type { Session } from './session.ts';
import { append } from './tell.ts';
import { isTimeOnly } from './view.ts';

/** Keeps the alarm for the calendar's health. The journal hears only of one that is new. */
export async function sound(s: Session, alarm: MassChangeAlarm): Promise<void> {
  const isNews = s.alarm?.id !== alarm.id;
  s.alarm = { ...alarm, shown: await named(s, alarm.shown) };
  if (!isNews) return;
  const { calendar } = s;
  await append(s, [
    {
      tenantId: calendar.tenantId,
      kind: 'calendar.degraded',
      eventId: null,
      calendarId: calendar.id,
      resourceIds: [calendar.resourceId],
      version: null,
      text: `${calendar.name}: ${alarm.sentence}`,
      details: { occurrence: alarm.id },
    },
  ]);
}

/** With titles where the calendar shares them, and the true times of what would be removed. */
async function named(s: Session, shown: readonly HeldChange[]): Promise<readonly HeldChange[]> {
  const { calendar, deps } = s;
  const ids = [...new Set(shown.map((change) => change.eventId))];
  const events = new Map((await deps.store.events.getMany(calendar.tenantId, ids)).map((event) => [event.id, event]));
  return shown.map((change) => {
    const event = events.get(change.eventId);
    if (event === undefined) return change;
    const isHidden = isTimeOnly(event, calendar) || event.fields.privacy === 'private';
    return { ...change, title: isHidden ? null : event.fields.title, from: spanOf(event.fields, calendar.zone) };
  });
}
