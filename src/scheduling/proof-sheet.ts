/** Judges one day sheet against what events and holds say alone: what overlaps, what is uncovered, what nobody explains. */
import type { ClaimId, ConflictId, EventId, ResourceId } from '../domain/ids.ts';
import type { DaySheet, Resource, RowKind, SheetRow } from '../domain/resource.ts';
import { collide, isLive } from '../domain/sheet-row.ts';
import { intersect, overlaps, subtract, union } from '../domain/span.ts';
import type { CalendarDay, Instant, Span } from '../domain/time.ts';
import { overlapConflictId } from './sheet.ts';

/** One claim on this sheet as its event or hold explains it. */
export interface Expected {
  readonly claim: ClaimId;
  readonly eventId: EventId | null;
  readonly kind: RowKind;
  readonly spans: readonly Span[];
  readonly quantity: number;
  /** Where rows must stand; a series has none outside its materialised part. */
  readonly must: Span;
}

/** More in use than there is, and no conflict on record that tells it. */
export interface Overlap extends Span {
  readonly resourceId: ResourceId;
  readonly capacity: number;
  readonly inUse: number;
  readonly eventIds: readonly EventId[];
}
/** A busy stretch of an event or hold without a row. */
export interface Uncovered extends Span {
  readonly resourceId: ResourceId;
  readonly kind: RowKind;
  readonly claim: ClaimId;
  readonly eventId: EventId | null;
}
/** A row, or the part of one, that no event or hold explains. */
export interface Phantom extends Uncovered {
  readonly isFirm: boolean;
}
export interface SheetFindings {
  readonly overlaps: readonly Overlap[];
  readonly uncovered: readonly Uncovered[];
  readonly phantom: readonly Phantom[];
  /** Ids under which an overlap that was told is on record, if it is. */
  readonly told: readonly Pair[];
}
/** Two rows that want one time together with others, and the conflict that would tell it. */
export interface Pair extends Span {
  readonly conflictId: ConflictId;
  readonly eventIds: readonly EventId[];
}

export interface SheetInput {
  readonly sheet: DaySheet;
  readonly resource: Resource;
  /** The part of this UTC day that is asked for. */
  readonly within: Span;
  readonly expected: readonly Expected[];
  readonly now: Instant;
  /** Events that are being written just now: nothing is said of their rows. */
  readonly settling: ReadonlySet<EventId>;
  /** Series that block more than their occurrences. */
  readonly vague: ReadonlySet<EventId>;
  /** Whether a conflict of this id is on record, whatever was decided. */
  readonly isTold: (id: ConflictId) => boolean;
}

/** Pure; the same sheet is judged again before anything is reported. */
export function judgeSheet(o: SheetInput): SheetFindings {
  const live = o.sheet.rows.filter((row) => isLive(row, o.now) && overlaps(row, o.within));
  const groups = overfull(live, o.resource.quantity, o.within).filter(
    (group) => !group.rows.some((row) => row.eventId !== null && o.settling.has(row.eventId)),
  );
  return {
    overlaps: groups.filter((group) => !isExplained(group, o)).map((group) => overlapOf(group, o.resource)),
    told: groups.flatMap(pairsOf),
    uncovered: o.expected.flatMap((claim) => uncoveredOf(claim, live, o)),
    phantom: live.flatMap((row) => phantomOf(row, o)),
  };
}

interface Group extends Span {
  readonly rows: readonly SheetRow[];
}

/** Stretches on which firm rows, one of them a booking, use more than there is. That two appointments overlap is their owner's business. */
function overfull(live: readonly SheetRow[], capacity: number, within: Span): readonly Group[] {
  const firm = live.filter((row) => row.firm).sort((a, b) => a.start - b.start);
  const found = capacity === 1 ? pairsIn(firm) : crowdsIn(firm, capacity);
  return found.filter((group) => overlaps(group, within) && group.rows.some((row) => row.kind === 'booking'));
}

/** Of a single thing two rows collide by their work, not by pads that meet pads. */
function pairsIn(firm: readonly SheetRow[]): readonly Group[] {
  const pairs: Group[] = [];
  for (const [i, a] of firm.entries()) {
    for (let j = i + 1; j < firm.length && firm[j]!.start < a.end; j += 1) {
      const b = firm[j]!;
      const isMine = a.kind === 'booking' || b.kind === 'booking';
      if (!isMine || !collide(a, b)) continue;
      pairs.push({ start: b.start, end: Math.min(a.end, b.end) as Instant, rows: [a, b] });
    }
  }
  return pairs;
}

function crowdsIn(firm: readonly SheetRow[], capacity: number): readonly Group[] {
  const edges = [...new Set(firm.flatMap((row) => [row.start, row.end]))].sort((a, b) => a - b);
  return edges.flatMap((start, i) => {
    const end = edges[i + 1];
    if (end === undefined) return [];
    const rows = firm.filter((row) => row.start <= start && end <= row.end);
    return used(rows) > capacity ? [{ start, end, rows }] : [];
  });
}

const used = (rows: readonly SheetRow[]): number => rows.reduce((sum, row) => sum + row.quantity, 0);

function pairsOf(group: Group): readonly Pair[] {
  return group.rows.flatMap((a, i) =>
    group.rows.slice(i + 1).flatMap((b) => {
      if (a.kind !== 'booking' && b.kind !== 'booking') return [];
      const eventIds = [a, b].flatMap((row) => (row.eventId === null ? [] : [row.eventId]));
      return [{ conflictId: overlapConflictId(a, b), eventIds, start: group.start, end: group.end }];
    }),
  );
}

/** Where there are several, the one that came last is on record with the others: each booking must be a party to some record. */
function isExplained(group: Group, o: SheetInput): boolean {
  const isTold = (a: SheetRow, b: SheetRow) => o.isTold(overlapConflictId(a, b));
  const bookings = group.rows.filter((row) => row.kind === 'booking');
  const others = (row: SheetRow) => group.rows.filter((other) => other !== row);
  return bookings.every((row) => others(row).some((other) => isTold(row, other)));
}

function overlapOf({ rows, start, end }: Group, resource: Resource): Overlap {
  const eventIds = [...new Set(rows.flatMap((row) => (row.eventId === null ? [] : [row.eventId])))].sort();
  return { resourceId: resource.id, start, end, capacity: resource.quantity, inUse: used(rows), eventIds };
}

/** A hold that a booking just took over is covered by the booking's rows. */
function uncoveredOf(claim: Expected, live: readonly SheetRow[], o: SheetInput): readonly Uncovered[] {
  if (claim.eventId !== null && o.settling.has(claim.eventId)) return [];
  const wanted = intersect(intersect(claim.spans, [o.within]), [claim.must]);
  const { claim: id, eventId, kind, quantity } = claim;
  const cover = kind === 'hold' ? live : live.filter((row) => row.claim === id && row.quantity >= quantity);
  return subtract(wanted, cover).map((span) => ({ ...span, resourceId: o.resource.id, claim: id, eventId, kind }));
}

/** A booking's row that is not confirmed yet ends by itself: its claim is in flight. */
function phantomOf(row: SheetRow, o: SheetInput): readonly Phantom[] {
  if (!row.firm && row.kind !== 'hold') return [];
  if (row.eventId !== null && (o.settling.has(row.eventId) || o.vague.has(row.eventId))) return [];
  const known = o.expected.filter((claim) => claim.claim === row.claim).flatMap((claim) => claim.spans);
  const { claim, eventId, kind, firm } = row;
  return subtract(intersect([row], [o.within]), union(known)).map((span) => ({
    ...span,
    ...{ resourceId: o.resource.id, claim, eventId, kind, isFirm: firm },
  }));
}

export const dayAsSpan = (day: CalendarDay): Span => {
  const start = Date.parse(`${day}T00:00:00Z`) as Instant;
  return { start, end: (start + 86_400_000) as Instant };
};
