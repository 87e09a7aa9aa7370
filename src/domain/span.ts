/** Algebra of half-open spans. */

import type { CalendarDay, Instant, Span } from './time.ts';
import { dayMs } from './time.ts';

export const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

/** UTC days that a span touches, in order; an empty span touches none. */
export function utcDaysOf(span: Span): readonly CalendarDay[] {
  const days: CalendarDay[] = [];
  for (let at = Math.floor(span.start / dayMs) * dayMs; at < span.end && span.start < span.end; at += dayMs) {
    days.push(new Date(at).toISOString().slice(0, 10) as CalendarDay);
  }
  return days;
}

/** Sorted, disjoint, touching spans joined, empty ones left out. */
export function union(spans: readonly Span[]): Span[] {
  const sorted = spans.filter((s) => s.start < s.end).sort((a, b) => a.start - b.start);
  const out: Span[] = [];
  for (const span of sorted) {
    const last = out.at(-1);
    if (last !== undefined && span.start <= last.end) {
      if (span.end > last.end) out[out.length - 1] = { start: last.start, end: span.end };
    } else out.push({ start: span.start, end: span.end });
  }
  return out;
}

/** What is left of `spans` without `minus`; sorted and disjoint. */
export function subtract(spans: readonly Span[], minus: readonly Span[]): Span[] {
  const holes = union(minus);
  const out: Span[] = [];
  let first = 0;
  for (const span of union(spans)) {
    let start = span.start;
    while (first < holes.length && holes[first]!.end <= span.start) first += 1;
    for (let i = first; i < holes.length && holes[i]!.start < span.end; i += 1) {
      const hole = holes[i]!;
      if (hole.start > start) out.push({ start, end: hole.start });
      if (hole.end > start) start = hole.end;
    }
    if (start < span.end) out.push({ start, end: span.end });
  }
  return out;
}

export function intersect(a: readonly Span[], b: readonly Span[]): Span[] {
  const left = union(a);
  const right = union(b);
  const out: Span[] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const start = Math.max(left[i]!.start, right[j]!.start) as Instant;
    const end = Math.min(left[i]!.end, right[j]!.end) as Instant;
    if (start < end) out.push({ start, end });
    if (left[i]!.end < right[j]!.end) i += 1;
    else j += 1;
  }
  return out;
}
