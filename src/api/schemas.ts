/** The small validators that all bodies are made of; they are also the source of the OpenAPI document. */
import { z } from 'zod';
import { asLanguage } from '../../mappings/crm-speech.ts';
import { type IdKind, idPrefix, parseId } from '../domain/ids.ts';
import type { CalendarDay, Instant, Span } from '../domain/time.ts';
import { dayMs, formatInstant, parseDay, parseDuration, parseInstant, utcMs } from '../domain/time.ts';
import { asZone } from '../domain/zone.ts';

const firstInstant = utcMs(1970, 1, 1);
const lastInstant = utcMs(2100, 1, 1);
export const longestSpanDays = 31;

/** RFC 3339 with an offset, from 1970 to 2099. */
export const instantIn = z
  .string()
  .max(40)
  .transform((text, context): Instant => {
    const at = parseInstant(text);
    if (at !== null && at >= firstInstant && at < lastInstant) return at;
    context.addIssue({
      code: 'custom',
      message:
        at === null
          ? 'must be a time in RFC 3339 with an offset, such as 2027-03-01T09:00:00+01:00'
          : 'must lie between 1970 and 2100',
    });
    return z.NEVER;
  })
  .meta({ format: 'date-time', description: 'RFC 3339 with an offset', examples: ['2027-03-01T09:00:00+01:00'] });

/** RFC 3339 in UTC, as every answer has it. */
export const instantOut = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/)
  .meta({ format: 'date-time', description: 'RFC 3339 in UTC', examples: ['2027-03-01T08:00:00Z'] });

export const dayIn = z
  .string()
  .max(10)
  .transform((text, context): CalendarDay => {
    const day = parseDay(text);
    if (day !== null && day >= '1970-01-01' && day < '2100-01-01') return day;
    context.addIssue({ code: 'custom', message: 'must be a date such as 2027-03-01, between 1970 and 2100' });
    return z.NEVER;
  })
  .meta({ format: 'date', examples: ['2027-03-01'] });
export const dayOut = z.string().meta({ format: 'date', examples: ['2027-03-01'] });

/** ISO 8601 duration within bounds, as milliseconds. */
export const durationIn = (o: { readonly minMs: number; readonly maxMs: number; readonly example: string }) =>
  z
    .string()
    .max(40)
    .transform((text, context): number => {
      const ms = parseDuration(text);
      if (ms !== null && ms >= o.minMs && ms <= o.maxMs) return ms;
      context.addIssue({
        code: 'custom',
        message:
          ms === null
            ? `must be an ISO 8601 duration such as ${o.example}`
            : `must be between ${o.minMs / 1000} and ${o.maxMs / 1000} seconds`,
      });
      return z.NEVER;
    })
    .meta({ format: 'duration', examples: [o.example] });

export const zoneIn = z
  .string()
  .max(64)
  .transform((name, context) => {
    const zone = asZone(name);
    if (zone !== null) return zone;
    context.addIssue({ code: 'custom', message: 'must be an IANA time zone such as Europe/Berlin' });
    return z.NEVER;
  })
  .meta({ description: 'IANA time zone', examples: ['Europe/Berlin'] });
/** BCP 47 tag in its canonical form. */
export const languageIn = z
  .string()
  .min(2)
  .max(35)
  .transform((tag, context) => {
    const language = asLanguage(tag);
    if (language !== null) return language;
    context.addIssue({ code: 'custom', message: 'must be a BCP 47 language tag such as de-AT' });
    return z.NEVER;
  })
  .meta({ description: 'BCP 47 tag of the language in which times are said', examples: ['en-GB'] });
export const zoneOut = z.string().meta({ description: 'IANA time zone', examples: ['Europe/Berlin'] });

// Control characters are refused because iCalendar cannot carry them, lone surrogates because no UTF-8 can.
const lineForbidden = /[\p{Cc}\u2028\u2029]/u;
const textForbidden = /(?![\t\n\r])\p{Cc}/u;

/** One line of text that says something. */
export const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !lineForbidden.test(text) && text.isWellFormed(), 'must be one line without control characters')
    .refine((text) => text.trim() !== '', 'must not be blank');

/** Text of several lines, possibly empty. */
export const paragraphs = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !textForbidden.test(text) && text.isWellFormed(), 'must not have control characters');

export const email = z
  .string()
  .max(254)
  .regex(/^[^\s@<>"(),;:\\]+@[^\s@<>"(),;:\\]+$/, 'must be an e-mail address')
  .meta({ format: 'email' });
export const phone = z
  .string()
  .max(40)
  .regex(/^\+?[0-9()./ -]{3,}(?:(?:x|ext\.?) ?\d{1,8})?$/, 'must be a telephone number')
  .meta({ examples: ['+49 30 901820'] });

/** An id in a body or query: the wrong form is 400; that there is no such thing is found out later. */
export const idIn = <K extends IdKind>(kind: K) =>
  z
    .string()
    .max(80)
    .transform((text, context) => {
      const id = parseId(kind, text);
      if (id !== null) return id;
      context.addIssue({ code: 'custom', message: `must be an id that starts with ${idPrefix[kind]}` });
      return z.NEVER;
    })
    .meta({ examples: [`${idPrefix[kind]}7v3k0q1m2n4p5r6s8t9a`] });
export const idOut = (kind: IdKind) => z.string().meta({ examples: [`${idPrefix[kind]}7v3k0q1m2n4p5r6s8t9a`] });

/** Named resources: at least one, none twice. */
export const resourceIds = z
  .array(idIn('resource'))
  .min(1)
  .max(50)
  .refine((ids) => new Set(ids).size === ids.length, 'must not name a resource twice');

interface FromTo {
  readonly start: Instant;
  readonly end: Instant;
}
/** Refinement of objects with `start` and `end`. */
export function checkSpan(span: FromTo, context: z.RefinementCtx): void {
  addSpanIssue(span.start, span.end, 'end', 'start', context);
}
/** Refinement of objects with `from` and `to`. */
export function checkWindow(window: { readonly from: Instant; readonly to: Instant }, context: z.RefinementCtx): void {
  addSpanIssue(window.from, window.to, 'to', 'from', context);
}
function addSpanIssue(start: Instant, end: Instant, path: string, other: string, context: z.RefinementCtx): void {
  if (end <= start) context.addIssue({ code: 'custom', path: [path], message: `must be after ${other}` });
  else if (end - start > longestSpanDays * dayMs) {
    context.addIssue({
      code: 'custom',
      path: [path],
      message: `must be at most ${longestSpanDays} days after ${other}`,
    });
  }
}

/** Query of a list. */
export const paging = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a number from 1 to 200')
    .transform(Number)
    .refine((n) => n >= 1 && n <= 200, 'must be a number from 1 to 200')
    .default(50)
    .meta({ description: 'How many at most (1 to 200, default 50)' }),
  after: z
    .string()
    .regex(/^[\x21-\x7e]{1,300}$/, 'must be the `next` of an earlier page')
    .nullable()
    .default(null)
    .meta({ description: 'The `next` of the page before' }),
};
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')
  .meta({ description: 'true or false (default)' });

export const noParams = z.strictObject({});
export const noQuery = z.strictObject({});

/** `{data, next}` of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    data: z.array(item),
    next: z.string().nullable().meta({ description: 'Give it as `after` for the next page; null at the end' }),
  });

export const spanOut = { start: instantOut, end: instantOut };
export const showSpan = (span: Span): { start: string; end: string } => ({
  start: formatInstant(span.start),
  end: formatInstant(span.end),
});

export const sentenceExample = 'Wednesday, June 2 at 10:00 AM, 1 hour';
/** Units by resource, of those that give more than one. */
export const quantitiesOut = z
  .record(z.string(), z.int())
  .meta({ description: 'How many of a resource, where more than one', examples: [{ res_7v3k0q1m2n4p5r6s8t9a: 2 }] });

export const slotOut = z
  .strictObject({
    ...spanOut,
    resourceIds: z.array(idOut('resource')),
    quantities: quantitiesOut.optional(),
    tentative: z.boolean().optional().meta({
      description: 'True where a calendar of these resources could not be read: it is free as far as we know',
    }),
    sentence: z
      .string()
      .optional()
      .meta({ description: 'To be read out; only where `language` was given', examples: [sentenceExample] }),
  })
  .meta({ id: 'Slot', description: 'A stretch that could be booked' });

export const problemOut = z
  .looseObject({
    type: z.string().meta({ format: 'uri' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.string().meta({ description: 'Stable; branch on this', examples: ['slot_taken'] }),
    requestId: z.string().meta({ description: 'The same in our log' }),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' });

/** The `{id}` of a path. */
export const idParam = <K extends IdKind>(kind: K) => z.strictObject({ id: idIn(kind) });
/** The query of a plain list. */
export const pagedQuery = z.strictObject(paging);

/** Refinement of queries whose `from` and `to` may be left out. */
export function checkOrder(
  query: { readonly from: Instant | null; readonly to: Instant | null },
  context: z.RefinementCtx,
): void {
  if (query.from !== null && query.to !== null && query.to <= query.from) {
    context.addIssue({ code: 'custom', path: ['to'], message: 'must be after from' });
  }
}
