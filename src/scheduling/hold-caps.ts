/** Keeps holds from freezing a day: one caller may hold so many, and all together only a share of a resource's day. */
import type { TenantId } from '../domain/ids.ts';
import type { Hold, Resource, SheetRow } from '../domain/resource.ts';
import { isLive } from '../domain/sheet-row.ts';
import { intersect, overlaps, utcDaysOf } from '../domain/span.ts';
import { padded, plainTakes } from '../domain/takes.ts';
import type { CalendarDay, Instant, Span } from '../domain/time.ts';
import { dayMs, wallMs } from '../domain/time.ts';
import type { TooManyHolds } from './desk.ts';
import { workingSpans } from './hours.ts';
import type { DeskDeps } from './parts.ts';

/** Null: the caller may have `more` holds beside those that have not ended. */
export async function callerCap(
  deps: DeskDeps,
  tenantId: TenantId,
  caller: string | undefined,
  more: number,
): Promise<TooManyHolds | null> {
  const caps = deps.settings.holdCaps;
  if (caps === undefined || caller === undefined) return null;
  const now = deps.store.now();
  const held = await deps.store.holds.ofCaller(tenantId, caller, now, caps.perCaller + 1);
  const excess = held.length + more - caps.perCaller;
  const next = held[Math.max(0, excess - 1)] ?? held.at(-1);
  if (excess <= 0 || next === undefined) return null;
  return { kind: 'too-many-holds', of: 'caller', waitMs: next.expiresAt - now };
}

/**
 * Asked after the hold was won, so that of callers who meet none slips through; each then gives its own back. A hold that
 * is alone on the day is always within the share.
 */
export async function dayCap(deps: DeskDeps, hold: Hold, resources: readonly Resource[]): Promise<TooManyHolds | null> {
  const caps = deps.settings.holdCaps;
  if (caps === undefined) return null;
  const now = deps.store.now();
  const days = utcDaysOf(padded(hold.span, hold.takes ?? plainTakes));
  const sheets = await deps.store.sheets.load(hold.tenantId, hold.resourceIds, days);
  for (const sheet of sheets) {
    const resource = resources.find((r) => r.id === sheet.resourceId)!;
    const holds = sheet.rows.filter((row) => row.kind === 'hold' && isLive(row, now));
    const others = holds.filter((row) => row.claim !== (hold.id as string));
    const day = dayOf(sheet.day);
    if (others.length === 0 || used(holds, day) <= caps.dayShare * capacity(resource, day)) continue;
    return { kind: 'too-many-holds', of: 'day', waitMs: Math.min(...others.map((row) => (row.until ?? now) - now)) };
  }
  return null;
}

function dayOf(day: CalendarDay): Span {
  const start = wallMs(day) as Instant;
  return { start, end: (start + dayMs) as Instant };
}

const used = (rows: readonly SheetRow[], day: Span): number =>
  rows
    .filter((row) => overlaps(row, day))
    .reduce((sum, row) => sum + (Math.min(row.end, day.end) - Math.max(row.start, day.start)) * row.quantity, 0);

/** Unit-milliseconds that the resource works on this day; a day without work counts as a whole one. */
function capacity(resource: Resource, day: Span): number {
  const worked = intersect(workingSpans(resource, day), [day]).reduce((sum, s) => sum + (s.end - s.start), 0);
  return (worked === 0 ? dayMs : worked) * resource.quantity;
}
