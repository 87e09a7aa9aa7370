/** Saves planned events and their rows: time is covered before an event is saved and uncovered after. */
import type { Event } from '../domain/event.ts';
import { withoutNews } from '../domain/event.ts';
import { owing } from '../domain/news.ts';
import type { Conflict } from '../domain/policy.ts';
import type { SheetRow } from '../domain/resource.ts';
import type { Instant } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import type { SheetContext, SheetPut } from '../scheduling/sheet.ts';
import { coveredUntil, rowsFor, sheetContext, sheetMoves, uncover } from '../scheduling/sheet.ts';
import { breather } from './breath.ts';
import type { Session } from './session.ts';
import { resourcesOf } from './session.ts';
import { keyOf, settleAll } from './settle-rows.ts';
import { type Line, newsLines } from './story-lines.ts';
import { append, plainSentence } from './tell.ts';

/** An event as it was read (null: it is new) and as it should be; `after.rev` is still the one that was read. */
export interface Draft {
  readonly before: Event | null;
  readonly after: Event;
  /** Records of what was decided or must be; written before the event, so that no crash can lose the beaten value. */
  readonly conflicts: readonly Conflict[];
}

export interface SaveOutcome {
  /** Per draft: the event as it is stored now, or null when somebody saved meanwhile. */
  readonly saved: readonly (Event | null)[];
  /** Conflicts that are on record now and were not before. */
  readonly opened: readonly Conflict[];
}

interface Step {
  readonly next: Event;
  readonly ctx: SheetContext;
  /** Written before the save: old rows as they are, new ones ending by themselves. */
  readonly cover: readonly SheetPut[];
  /** Written after it: exactly the new rows. */
  readonly settle: readonly SheetPut[];
  /** The rows that the event should have had before were not all written, so moves from them prove nothing. */
  readonly hadDebt: boolean;
  /** What the world is told of it. */
  readonly news: readonly Line[];
}

/** How long new rows stand before their event is saved; a visit that died in between leaves nothing behind for ever. */
const coverMs = 10 * 60_000;

/**
 * An event whose rows change is saved three times over: new rows that end by themselves beside the old ones; the event with
 * its sheet debt (`sheetVersion` behind); exactly the new rows, firm; the debt cleared. A crash after the first step leaves
 * rows that end, after the second a debt that the sheet sweep finds, after the third a debt without need. Overlaps are put on record while the debt stands, so that a crash cannot lose them either. One save with
 * `sheetVersion` = `version` would be enough only if firm rows stood before it, and those a crash would leave for ever.
 * A new event skips the first step: until it is saved nobody was promised that its time is blocked, and the debt is in its
 * first save. An event that had a debt before keeps it, since nobody knows which old rows stand.
 */
export async function saveDrafts(s: Session, drafts: readonly Draft[]): Promise<SaveOutcome> {
  if (drafts.length === 0) return { saved: [], opened: [] };
  await loadResources(s, drafts);
  const breath = breather(s.deps.clock);
  const steps: Step[] = [];
  for (const draft of drafts) {
    await breath();
    steps.push(stepOf(s, draft));
  }
  const { sheets, events } = s.deps.store;
  const decided = await open(
    s,
    drafts.flatMap((draft) => draft.conflicts),
  );
  const cover = steps.flatMap((step) => step.cover);
  if (cover.length > 0) await sheets.putMany(s.calendar.tenantId, cover);
  const isSaved = await events.saveMany(steps.map((step) => step.next));
  await takeBack(
    s,
    steps.filter((_, i) => !isSaved[i]),
    'cover',
  );
  const kept = steps.filter((_, i) => isSaved[i]);
  const overlapping = await open(s, await settleAll(s, kept));
  // What is not told stays owed, and the sweep tells it.
  const isTold = await append(
    s,
    kept.flatMap((step) => step.news),
  );
  const cleared = isTold ? await clearDebts(s, kept) : new Map<Step, Event>();
  const saved = steps.map((step, i) => (isSaved[i] ? (cleared.get(step) ?? step.next) : null));
  return { saved, opened: [...decided, ...overlapping] };
}

/**
 * Writes the rows of unchanged events anew, where the rules by which they block have changed; returns conflicts that this
 * opened. Old rows are looked for wherever an event could block by any rules. A put that came too late for an event is set
 * right from the event as it is by then.
 */
export async function rewriteRows(s: Session, events: readonly Event[]): Promise<readonly Conflict[]> {
  const opened: Conflict[] = [];
  let left = events;
  for (let attempt = 0; attempt < mostRewrites && left.length > 0; attempt += 1) {
    await loadResources(
      s,
      left.map((after) => ({ before: null, after, conflicts: [] })),
    );
    const steps = left.map((event): Step => rewriteOf(s, event));
    opened.push(...(await open(s, await settleAll(s, steps))));
    const versions = new Map(left.map((event) => [event.id, event.version]));
    const current = await s.deps.store.events.getMany(s.calendar.tenantId, [...versions.keys()]);
    left = current.filter((event) => event.version !== versions.get(event.id));
  }
  return opened;
}
const mostRewrites = 5;

function rewriteOf(s: Session, event: Event): Step {
  const origin = s.siblings?.find((c) => c.id === event.origin) ?? null;
  const ctx = sheetContext(event, origin, (id) => s.resources.get(id)?.zone ?? utcZone, s.window);
  const rows = byKey(rowsFor(event, ctx));
  const anywhere = byKey(rowsFor({ ...event, deletedAt: null }, { ...ctx, rules: null }));
  const settle = [...anywhere.values()].map((put) => ({ ...put, rows: rows.get(keyOf(put))?.rows ?? [] }));
  return { next: event, ctx, cover: [], settle, hadDebt: false, news: [] };
}

async function open(s: Session, conflicts: readonly Conflict[]): Promise<readonly Conflict[]> {
  if (conflicts.length === 0) return [];
  // What the rules decided at once is to be told as well, whatever happens to this visit.
  const owed = conflicts.map((c) =>
    c.resolvedAt === null ? c : { ...c, ...owing(c, { at: c.resolvedAt, text: plainSentence(c) }) },
  );
  return (await s.deps.store.conflicts.open(owed)) > 0 ? owed : [];
}

function untoldOf(after: Event, news: readonly Line[]): Pick<Event, 'untold'> {
  const { version } = after;
  const more = news.map(({ kind, text }) => ({ kind, version, text }));
  return more.length === 0 ? {} : { untold: [...(after.untold ?? []), ...more] };
}

function stepOf(s: Session, draft: Draft): Step {
  const { before, after } = draft;
  const origin = s.siblings?.find((c) => c.id === after.origin) ?? null;
  const ctx = sheetContext(after, origin, (id) => s.resources.get(id)?.zone ?? utcZone, s.window);
  const next: Event = { ...after, rev: after.rev + 1 };
  if (before !== null && before.version === after.version)
    return { next, ctx, cover: [], settle: [], hadDebt: false, news: [] };
  const rows = rowsFor(after, ctx);
  const { cover, settle, hadDebt } =
    before === null ? { cover: [], settle: rows, hadDebt: false } : movesOf(s, before, after, ctx, byKey(rows));
  const news = newsLines(s, draft);
  const isOwing = hadDebt || settle.length > 0 || news.length > 0;
  const sheetVersion = isOwing ? (before?.sheetVersion ?? 0) : after.version;
  const told = { ...next, ...untoldOf(after, news), sheetVersion, coveredUntil: coveredUntil(after, ctx) };
  return { next: told, ctx, cover, settle, hadDebt, news };
}

function movesOf(
  s: Session,
  before: Event,
  after: Event,
  ctx: SheetContext,
  rows: ReadonlyMap<string, SheetPut>,
): Pick<Step, 'cover' | 'settle' | 'hadDebt'> {
  const moves = sheetMoves(before, after, ctx);
  const hadDebt = before.sheetVersion < before.version;
  const touched = [...(hadDebt ? rows.values() : []), ...moves.cover, ...moves.settle];
  const settle = [...byKey(touched).values()].map((put) => ({ ...put, rows: rows.get(keyOf(put))?.rows ?? [] }));
  if (moves.cover.length === 0) return { cover: [], settle, hadDebt };
  const until = (s.deps.store.now() + coverMs) as Instant;
  return { cover: ending(moves.cover, byKey(rowsFor(before, ctx)), until), settle, hadDebt };
}

/** The cover with every row that did not stand before ending by itself. */
function ending(cover: readonly SheetPut[], old: ReadonlyMap<string, SheetPut>, until: Instant): readonly SheetPut[] {
  return cover.map((put) => {
    const stood = old.get(keyOf(put))?.rows ?? [];
    const isOld = (row: SheetRow) => stood.some((r) => r.start === row.start && r.end === row.end);
    return { ...put, rows: put.rows.map((row) => (isOld(row) ? row : { ...row, firm: false, until })) };
  });
}

const byKey = (puts: readonly SheetPut[]): Map<string, SheetPut> => new Map(puts.map((put) => [keyOf(put), put]));

/**
 * The events whose debt is cleared, by step. Where somebody saved meanwhile, the rows just written may be of a state that is
 * over, on sheets that the newer state does not know: they are set right from the event as it is now.
 */
async function clearDebts(s: Session, kept: readonly Step[]): Promise<ReadonlyMap<Step, Event>> {
  const moving = kept.filter((step) => step.settle.length > 0 || step.news.length > 0);
  const paid = moving.filter((step) => !step.hadDebt);
  const next = paid.map((step): Event => ({ ...withoutNews(step.next), sheetVersion: step.next.version }));
  const isSaved = await s.deps.store.events.settleRows(paid.map((step) => step.next));
  const cleared = new Map(paid.flatMap((step, i) => (isSaved[i] ? [[step, next[i]!] as const] : [])));
  await takeBack(
    s,
    moving.filter((step) => !cleared.has(step)),
    'settle',
  );
  return cleared;
}

/** Puts of a state that did not come about are set right before anything else is planned from the event as it is now. */
async function takeBack(s: Session, lost: readonly Step[], which: 'cover' | 'settle'): Promise<void> {
  const { tenantId } = s.calendar;
  const { events, sheets } = s.deps.store;
  const steps = lost.filter((step) => step[which].length > 0);
  if (steps.length === 0) return;
  const ids = steps.map((step) => step.next.id);
  const current = new Map((await events.getMany(tenantId, ids)).map((event) => [event.id, event]));
  const puts = steps.flatMap((step): readonly SheetPut[] => {
    const event = current.get(step.next.id);
    if (event === undefined) return step[which].map((put) => ({ ...put, rows: [] }));
    if (which === 'settle' && event.version === step.next.version) return [];
    return uncover(step[which], event, step.ctx);
  });
  if (puts.length > 0) await sheets.putMany(tenantId, puts);
}

async function loadResources(s: Session, drafts: readonly Draft[]): Promise<void> {
  const wanted = new Set(drafts.filter((d) => d.before?.version !== d.after.version).flatMap((d) => d.after.resources));
  await resourcesOf(s, [...wanted]);
}
