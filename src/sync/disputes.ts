/** Carries answers to open questions out: beside visits, by compare-and-set alone, without asking a provider. */
import type { Calendar } from '../domain/calendar.ts';
import type { Disputes, Standing } from '../domain/dispute.ts';
import type { Event } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { Conflict } from '../domain/policy.ts';
import { closedAccount } from './closed-account.ts';
import { shown } from './conflict-words.ts';
import { editWords } from './conflicts.ts';
import type { Question } from './dispute.ts';
import { answered, questionOf } from './dispute.ts';
import type { Ground } from './plan.ts';
import { saveDrafts } from './save.ts';
import type { Session, VisitDeps } from './session.ts';
import { groundOf, makeSession } from './session.ts';
import { tell } from './tell.ts';

const mostTries = 5;

export function makeDisputes(deps: VisitDeps): Disputes {
  return {
    async standing(conflict) {
      const scene = await sceneOf(deps, conflict);
      if (scene === null) return { kind: 'over' };
      const question = questionOf(scene.g, scene.event, conflict);
      return question === null ? { kind: 'over' } : wordsOf(scene, conflict, question);
    },

    async settle(conflict, choice) {
      for (let attempt = 0; attempt < mostTries; attempt += 1) {
        const scene = await sceneOf(deps, conflict);
        if (scene === null) return;
        const { session, g, event } = scene;
        const after = answered(g, event, conflict, choice);
        if (after === null) return;
        const draft = { before: event, after, conflicts: [] };
        const { saved, opened } = await saveDrafts(session, [draft]);
        if (saved[0] === null) continue;
        await tell(session, [draft], { opened, closes: [] });
        await deps.store.calendars.request([g.calendar.id], 'write');
        deps.onRequested?.([g.calendar.id]);
        return;
      }
      throw new Fault('clash', 'the event is being changed by others again and again');
    },
  };
}

interface Scene {
  readonly session: Session;
  readonly g: Ground;
  readonly event: Event;
}

/** Null: the event or its calendar is not there any more. */
async function sceneOf(deps: VisitDeps, { tenantId, calendarId, eventId }: Conflict): Promise<Scene | null> {
  const calendar = calendarId === null ? null : await deps.store.calendars.get(tenantId, calendarId);
  const event = await deps.store.events.get(tenantId, eventId);
  if (calendar === null || event === null || calendar.state !== 'active') return null;
  const session = sessionBeside(deps, calendar);
  return { session, g: await groundOf(session), event };
}

/** A session without a lease: it may read and save events, and every save is a compare-and-set. */
export function sessionBeside(deps: VisitDeps, calendar: Calendar): Session {
  const connector = deps.registry.get(calendar.provider);
  if (connector === undefined) throw new Fault('invalid', `no connector speaks to "${calendar.provider}"`);
  const askedAt = deps.clock.monotonic();
  const rest = { askedAt, isStopping: () => false };
  return makeSession({ deps, calendar, connector, open: closedAccount, ...rest });
}

function wordsOf({ g, event }: Scene, conflict: Conflict, question: Question): Standing {
  const { ours, theirs } = question;
  const [unit] = question.units;
  if (conflict.kind === 'edit' && unit !== undefined && ours !== null && theirs !== null) {
    const { calendar, siblings } = g;
    const now = conflict.theirsAt ?? g.now;
    const words = editWords({ event, calendar, siblings, now, unit, ours, theirs });
    return { kind: 'open', ...words, sentence: `${words.sentence} Both stand until somebody chooses.` };
  }
  if (conflict.kind === 'loop' && ours !== null && theirs !== null && question.units.length > 0) {
    const values = (fields: typeof ours) => question.units.map((u) => shown(u, fields)).join('; ');
    return { kind: 'open', ours: values(ours), theirs: values(theirs), sentence: conflict.sentence };
  }
  return { kind: 'open', ours: conflict.ours, theirs: conflict.theirs, sentence: conflict.sentence };
}
