/** Waits for a visit that REST asked for, and shows what it did. */
import { z } from 'zod';
import type { CalendarId } from '../domain/ids.ts';
import type { VisitReport } from '../domain/visit.ts';
import type { AppParts } from './parts.ts';
import { type Answer, answer } from './route.ts';
import { syncOut } from './schemas-calendars.ts';

export const waitSeconds = z
  .string()
  .regex(/^\d{1,2}$/, 'must be 0 to 30 seconds')
  .transform(Number)
  .refine((n) => n <= 30, 'must be 0 to 30 seconds')
  .default(0)
  .meta({ description: 'Answer after the visit, or after so many seconds (at most 30)' });

/** Asks for a visit; with `seconds` answers after it, or when the time is up. */
export async function visitNow(parts: AppParts, id: CalendarId, seconds: number): Promise<Answer> {
  await parts.store.calendars.request([id]);
  if (seconds > 0) return showReport(id, await parts.nudge.visitAndWait(id, seconds * 1000));
  parts.nudge.nudge(id);
  return answer(202, syncOut, { calendarId: id, outcome: 'requested', counts: null, detail: null });
}

function showReport(calendarId: CalendarId, report: VisitReport | null): Answer {
  switch (report?.kind) {
    case undefined:
    case 'busy':
      return answer(202, syncOut, { calendarId, outcome: 'running', counts: null, detail: null });
    case 'done':
      return answer(200, syncOut, { calendarId, outcome: 'done', counts: report.counts, detail: null });
    case 'fault':
      return answer(200, syncOut, { calendarId, outcome: 'fault', counts: report.counts, detail: report.fault });
    case 'alarm':
      return answer(200, syncOut, { calendarId, outcome: 'alarm', counts: report.counts, detail: report.sentence });
  }
}
