/** What the documentation shows of each operation: one story, told as bodies and answers. */
import { accountExamples } from './examples-accounts.ts';
import { bookingExamples } from './examples-bookings.ts';
import { calendarExamples } from './examples-calendars.ts';
import { outwardExamples } from './examples-outward.ts';
import { slotExamples } from './examples-slots.ts';
import { trustExamples } from './examples-trust.ts';

/** A JSON value, or the text of a stream. */
export type Example = object | string;

export interface OperationExamples {
  /** Bodies that may be sent, under a name of one or a few words joined by `-`. */
  readonly bodies?: Readonly<Record<string, Example>>;
  /** By status, of those below 300. */
  readonly answers?: Readonly<Record<number, Example>>;
}
/** By the name of the operation. */
export type ExampleBook = Readonly<Record<string, OperationExamples>>;

const all: ExampleBook = {
  ...accountExamples,
  ...calendarExamples,
  ...slotExamples,
  ...bookingExamples,
  ...trustExamples,
  ...outwardExamples,
};

/** Empty for an operation of which there is nothing to show. */
export const examplesOf = (operation: string): OperationExamples => all[operation] ?? {};
