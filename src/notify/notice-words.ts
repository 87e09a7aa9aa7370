/** Words a message to a person: short, in their language and zone, without anything that only the business should know. */
import { defaultLanguage, sayWhen } from '../../mappings/crm-speech.ts';
import type { Booking } from '../domain/booking.ts';
import type { NoticeFact, NoticeKind } from '../domain/notice.ts';
import type { Zone } from '../domain/time.ts';

export interface Message {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly language: string;
}

interface Phrases {
  readonly subject: Readonly<Record<NoticeKind, (title: string) => string>>;
  readonly body: Readonly<Record<NoticeKind, string>>;
  readonly hello: (name: string) => string;
  readonly zone: (zone: string) => string;
}

const phrases: Readonly<Record<string, Phrases>> = {
  en: {
    subject: {
      confirmation: (title) => `Confirmed: ${title}`,
      moved: (title) => `New time: ${title}`,
      cancelled: (title) => `Cancelled: ${title}`,
      reminder: (title) => `Reminder: ${title}`,
    },
    body: {
      confirmation: 'Your appointment is confirmed:',
      moved: 'Your appointment has changed. It is now:',
      cancelled: 'This appointment was cancelled:',
      reminder: 'A reminder of your appointment:',
    },
    hello: (name) => `Hello ${name},`,
    zone: (zone) => `Times are in ${zone}.`,
  },
  de: {
    subject: {
      confirmation: (title) => `Bestätigt: ${title}`,
      moved: (title) => `Neue Zeit: ${title}`,
      cancelled: (title) => `Abgesagt: ${title}`,
      reminder: (title) => `Erinnerung: ${title}`,
    },
    body: {
      confirmation: 'Ihr Termin ist bestätigt:',
      moved: 'Ihr Termin hat sich geändert. Er ist jetzt:',
      cancelled: 'Dieser Termin wurde abgesagt:',
      reminder: 'Zur Erinnerung, Ihr Termin:',
    },
    hello: (name) => `Guten Tag ${name},`,
    zone: (zone) => `Zeiten gelten für ${zone}.`,
  },
};

export interface MessageGround {
  readonly kind: NoticeKind;
  readonly booking: Pick<Booking, 'title' | 'customer'>;
  readonly fact: NoticeFact;
  readonly toCustomer: boolean;
  /** Where the job is; the customer's own zone counts for the customer. */
  readonly zone: Zone;
  readonly businessName: string | null;
}

export function composeNotice({ kind, booking, fact, toCustomer, zone, businessName }: MessageGround): Message {
  const customer = toCustomer ? booking.customer : null;
  const wanted = customer?.language ?? defaultLanguage;
  const known = phrases[wanted.split('-')[0]!.toLowerCase()];
  const own = known ?? phrases[defaultLanguage]!;
  const language = known === undefined ? defaultLanguage : wanted;
  const local = customer?.timeZone ?? zone;
  const facts = [oneLine(booking.title), sayWhen(fact, local, language), oneLine(fact.place ?? '')];
  const paragraphs = [
    customer === null ? '' : own.hello(oneLine(customer.name)),
    [own.body[kind], ...facts].filter((line) => line !== '').join('\n'),
    own.zone(local),
    oneLine(businessName ?? ''),
  ];
  return {
    language,
    subject: own.subject[kind](oneLine(booking.title)).slice(0, 200),
    text: `${paragraphs.filter((p) => p !== '').join('\n\n')}\n`,
  };
}

/** A line break in a subject would begin a header. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
