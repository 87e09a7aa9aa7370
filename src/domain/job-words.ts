/** The words of a booking in a calendar: the usual job card, and the one that a template of the business makes of it. */
import type { Booking, Place } from './booking.ts';
import { renderTemplate } from './template.ts';

/** What the calendar copy of a booking says. */
export interface JobCard {
  readonly title: string;
  readonly description: string;
  readonly location: string;
}

/** How copies of bookings are worded; a null template stands for the usual words. */
export interface CopyRules {
  readonly title: string | null;
  readonly description: string | null;
  /** Takes the place of `description` where the provider shows HTML. */
  readonly descriptionHtml: string | null;
  readonly location: string | null;
  /** `template`: exactly the words of the templates; what people write into copies elsewhere is not shown here. */
  readonly detail: 'full' | 'template';
}
/** How much a calendar feed shows; beside the tiers of copies the time alone. */
export type FeedDetail = CopyRules['detail'] | 'busy';
export const plainCopies: CopyRules = Object.freeze({
  title: null,
  description: null,
  descriptionHtml: null,
  location: null,
  detail: 'full',
});

/** The rules as one calendar follows them, with what its provider can take, in characters. */
export interface CopyForm extends Omit<CopyRules, 'descriptionHtml'> {
  readonly isHtml: boolean;
  readonly most: { readonly title: number; readonly description: number; readonly location: number };
}

// Within what every provider keeps: the strictest known limits are 255 characters of subject and 8 KB of text.
const longestTitle = 200;
const longestLocation = 250;
const longestFact = 400;
const longestNotes = 6_000;

/** Plain text for a phone: who, how to reach them, where, what to know, and which booking it is. */
export function describeBooking(booking: Pick<Booking, 'id' | 'title' | 'customer' | 'location' | 'notes'>): JobCard {
  const { customer, location } = booking;
  const facts = [
    ['Customer', customer?.name],
    ['Phone', customer?.phone],
    ['Address', location?.address],
  ].flatMap(([name, value]) => (value ? [`${name}: ${shorten(value, longestFact)}`] : []));
  const notes = booking.notes?.trim() ? [shorten(booking.notes.trim(), longestNotes)] : [];
  const paragraphs = [facts.join('\n'), ...notes, `Booking: ${booking.id}`].filter((p) => p !== '');
  return {
    title: shorten(booking.title, longestTitle),
    description: paragraphs.join('\n\n'),
    location: shorten(placeText(location), longestLocation),
  };
}

function placeText(place: Place | null): string {
  if (place?.address) return place.address;
  return place !== null && place.lat !== null && place.lng !== null ? `${place.lat}, ${place.lng}` : '';
}

/** Cuts between characters, never inside one, and shows that something is missing. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** What a template can name, beside `metadata.<key>`. */
const facts: Readonly<Record<string, (booking: Booking) => string | null | undefined>> = {
  title: (b) => b.title,
  'customer.name': (b) => b.customer?.name,
  'customer.phone': (b) => b.customer?.phone,
  'customer.email': (b) => b.customer?.email,
  address: (b) => placeText(b.location),
  notes: (b) => b.notes?.trim(),
  ref: (b) => b.externalRef,
  source: (b) => b.source,
  'job.type': (b) => b.jobTypeId,
  booking: (b) => b.id,
  'link.phone': (b) => (b.customer?.phone ? `tel:${b.customer.phone.replace(/[^+0-9]/g, '')}` : null),
  'link.map': (b) => {
    const place = placeText(b.location);
    return place === '' ? null : `https://www.openstreetmap.org/search?query=${encodeURIComponent(place)}`;
  },
};
const metadataPrefix = 'metadata.';
export const templateNames: readonly string[] = [...Object.keys(facts), `${metadataPrefix}<key>`];

export const isTemplateName = (name: string): boolean =>
  Object.hasOwn(facts, name) || (name.startsWith(metadataPrefix) && name.length > metadataPrefix.length);

function factOf(booking: Booking, name: string): string {
  if (!name.startsWith(metadataPrefix)) return facts[name]?.(booking) ?? '';
  const key = name.slice(metadataPrefix.length);
  return Object.hasOwn(booking.metadata, key) ? (booking.metadata[key] ?? '') : '';
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign).replace(/\r\n?|\n/g, '<br>');

/** The words of a booking in a calendar of this form. What is too long for its provider is cut. */
export function jobCard(booking: Booking, form: CopyForm): JobCard {
  const usual = describeBooking(booking);
  const plain = (name: string) => factOf(booking, name);
  const fill = (template: string | null, factFor = plain) =>
    template === null ? null : renderTemplate(template, factFor);
  const oneLine = (text: string | null) => text?.replace(/\s*\n\s*/g, ' ') ?? null;
  const description = fill(form.description, form.isHtml ? (name) => escaped(plain(name)) : plain);
  return {
    title: shorten(oneLine(fill(form.title)) || usual.title, form.most.title),
    description: cutTo(description ?? usual.description, form.most.description, form.isHtml && description !== null),
    location: shorten(oneLine(fill(form.location)) ?? usual.location, form.most.location),
  };
}

/** HTML is never cut inside a tag or an entity; tags that stay open are harmless to every reader of it. */
function cutTo(text: string, most: number, isHtml: boolean): string {
  if (!isHtml || text.length <= most) return shorten(text, most);
  return `${shorten(text, most)
    .slice(0, -1)
    .replace(/(<[^>]*|&[^;\s]{0,8})$/, '')}…`;
}

const simpleTag = /^<\/?(?:b|strong|i|em|u|p|ul|ol|li|br)\s*\/?>$/i;
const linkTag = /^<(?:\/a|a href="(?:(?:https:\/\/|mailto:|tel:)[^"<>]*|\{\{link\.(?:phone|map)\}\}[^"<>]*)")>$/i;

/** Where a template has markup beyond simple text and links, or null. A link must not lead where a customer's words say. */
export function markupFault(
  template: string,
): { readonly line: number; readonly column: number; readonly why: string } | null {
  for (const found of template.matchAll(/<[^<>]*>?/g)) {
    const [tag] = found;
    if (simpleTag.test(tag) || linkTag.test(tag)) continue;
    const before = template.slice(0, found.index).split('\n');
    const why = 'may only use <b> <strong> <i> <em> <u> <p> <ul> <ol> <li> <br> and <a href="https://...">';
    return { line: before.length, column: before.at(-1)!.length + 1, why };
  }
  return null;
}
