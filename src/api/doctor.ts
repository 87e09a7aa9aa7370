/** The doctor: what differs between a calendar and its provider, the plan of repair, and the repair. */
import { z } from 'zod';
import type { Diagnosed, Diagnosis, FindingKind, Outcome, Remedy } from '../domain/diagnosis.ts';
import { remedyWords } from '../domain/diagnosis.ts';
import { bookingIdOf } from '../domain/ids.ts';
import type { AppParts } from './parts.ts';
import { notFound, Refusal } from './problems.ts';
import { answer, type Route, route } from './route.ts';
import { idIn, idOut, noParams, noQuery } from './schemas.ts';

const remedies = Object.keys(remedyWords) as [Remedy, ...Remedy[]];
const outcome = z.enum(['planned', 'held', 'repaired', 'mended', 'skipped'] satisfies readonly Outcome[]);

const doctorIn = z
  .strictObject({
    calendarId: idIn('calendar'),
    apply: z.boolean().default(false).meta({ description: 'False only looks and writes nothing anywhere' }),
  })
  .meta({ id: 'DoctorRequest' });

const finding = z
  .strictObject({
    remoteId: z.string().meta({ description: 'The copy, as the provider names it' }),
    eventId: idOut('event').nullable(),
    bookingId: idOut('booking').nullable(),
    units: z.array(z.string()).meta({ description: 'Of a drift: what differs' }),
    side: z.enum(['here', 'there']).nullable().meta({ description: 'Of a drift: where the change lies' }),
    action: z.enum(remedies),
    outcome,
    sentence: z.string(),
    why: z.string().nullable(),
  })
  .meta({ id: 'Finding' });
const findings = z.array(finding);

const doctorOut = z
  .strictObject({
    calendarId: idOut('calendar'),
    applied: z.boolean(),
    checked: z.strictObject({ copies: z.int(), links: z.int() }),
    ghosts: findings.meta({ description: 'Copies of ours whose event is gone or does not belong here' }),
    missing: findings.meta({ description: 'Events whose copy is not there' }),
    duplicates: findings.meta({ description: 'Second copies of ours' }),
    moved: findings.meta({ description: 'Copies of ours that stand under another id than we know' }),
    drift: findings.meta({ description: 'Copies that differ although nothing is owed' }),
    orphans: findings.meta({ description: 'Copies with our mark of an event that is not known here' }),
    unread: findings.meta({ description: 'Copies that no visit has taken in' }),
    plan: z
      .array(z.strictObject({ action: z.enum(remedies), outcome, count: z.int(), sentence: z.string() }))
      .meta({ description: 'What would be done, or was done, in short' }),
    pending: z.int().meta({ description: 'Differences that a waiting write or an open conflict explains' }),
    unreadable: z.int(),
    complete: z.boolean().meta({ description: 'False: there is more than was listed; run it again' }),
  })
  .meta({ id: 'Diagnosis' });

export function doctorRoutes(parts: AppParts): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/doctor',
      name: 'examineCalendar',
      summary: 'Compare a calendar on both sides, and mend it',
      details:
        'Without `apply` both sides are read and nothing is written. With it the calendar is kept from visits for that time, every finding is judged once more, and what is still wrong is mended as visits would do it: debts, merges and removals guarded by the stamp of the copy. At most 1,000 findings at a time.',
      tag: 'Repair',
      scope: 'admin',
      idempotent: true,
      params: noParams,
      query: noQuery,
      body: doctorIn,
      problems: ['not_found', 'rule_violation', 'provider_refused', 'provider_failed', 'provider_unavailable', 'busy'],
      answers: { 200: { description: 'What differs, and what is or was done about it', schema: doctorOut } },
      async handle({ body, caller }) {
        const calendar = await parts.store.calendars.get(caller.tenantId, body.calendarId);
        if (calendar === null) throw notFound('calendar');
        if (calendar.state !== 'active') {
          throw new Refusal('rule_violation', 'The calendar is being detached.', { extra: { rule: 'detaching' } });
        }
        const diagnosis = await parts.examine(calendar, { apply: body.apply });
        return answer(200, doctorOut, { calendarId: calendar.id, ...showDiagnosis(diagnosis) });
      },
    }),
  ];
}

function showDiagnosis(d: Diagnosis): Omit<z.input<typeof doctorOut>, 'calendarId'> {
  const of = (kind: FindingKind) => d.findings.filter((f) => f.kind === kind).map(showFinding);
  return {
    applied: d.isApplied,
    checked: { copies: d.copies, links: d.links },
    ghosts: of('ghost'),
    missing: of('missing'),
    duplicates: of('duplicate'),
    moved: of('moved'),
    drift: of('drift'),
    orphans: of('orphan'),
    unread: of('unread'),
    plan: planOf(d.findings),
    pending: d.pending,
    unreadable: d.unreadable,
    complete: !d.isCut,
  };
}

const whatWords: Readonly<Record<FindingKind, string>> = {
  ghost: 'A copy of ours stands although its event is gone or does not belong here',
  missing: 'The copy is not there',
  duplicate: 'A second copy of ours stands beside the one that is linked',
  moved: 'Our copy stands under another id than we know',
  drift: 'Both sides differ although nothing waits to be written',
  orphan: 'A copy bears our mark, but its event is not known here; the booking cannot be made from it',
  unread: 'No visit has taken this copy in',
};

function showFinding(f: Diagnosed): z.input<typeof finding> {
  const because = f.outcome === 'held' ? 'So much at once is held: the alarm of the calendar must be approved.' : null;
  return {
    remoteId: f.remoteId,
    eventId: f.eventId,
    bookingId: f.isBooking && f.eventId !== null ? bookingIdOf(f.eventId) : null,
    units: [...f.units],
    side: f.side,
    action: f.remedy,
    outcome: f.outcome,
    sentence: `${whatWords[f.kind]}: ${remedyWords[f.remedy]}.`,
    why: f.why ?? because,
  };
}

function planOf(all: readonly Diagnosed[]): z.input<typeof doctorOut>['plan'] {
  const steps = new Map<string, { action: Remedy; outcome: Outcome; count: number; sentence: string }>();
  for (const { remedy, outcome: done } of all) {
    const sentence = `${remedyWords[remedy].charAt(0).toUpperCase()}${remedyWords[remedy].slice(1)}.`;
    const key = `${remedy} ${done}`;
    const step = steps.get(key) ?? { action: remedy, outcome: done, count: 0, sentence };
    steps.set(key, { ...step, count: step.count + 1 });
  }
  return [...steps.values()];
}
