/** The rows that a claim is made of: one for each resource and UTC day, in the order that all callers share. */
import type { Resource, SheetRow } from '../domain/resource.ts';
import { utcDaysOf } from '../domain/span.ts';
import type { Takes } from '../domain/takes.ts';
import { padded, plainTakes, rowShape } from '../domain/takes.ts';
import type { CalendarDay, Span } from '../domain/time.ts';
import type { Obstacle } from './desk.ts';
import type { SheetPut } from './sheet.ts';

/** One row to win on one sheet. */
export interface Cell {
  readonly resource: Resource;
  readonly day: CalendarDay;
  readonly row: SheetRow;
}

/** Cells of a span by resource, then by day: two callers never wait for each other crosswise. */
export function cellsOf(
  span: Span,
  resources: readonly Resource[],
  row: Omit<SheetRow, 'start' | 'end' | 'quantity' | 'core'>,
  takes: Takes = plainTakes,
): readonly Cell[] {
  const days = utcDaysOf(padded(span, takes));
  return [...resources]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((resource) =>
      days.map((day) => ({ resource, day, row: { ...row, ...rowShape(span, takes, resource.id) } })),
    );
}

export const placesOf = (cells: readonly Cell[]): readonly Pick<SheetPut, 'resourceId' | 'day'>[] =>
  cells.map(({ resource, day }) => ({ resourceId: resource.id, day }));

export const obstacle = (resource: Resource, row: SheetRow): Obstacle => ({
  resourceId: resource.id,
  kind: row.kind,
  start: row.start,
  end: row.end,
});
