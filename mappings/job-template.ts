/** How much of a job card each provider takes, and a template to start from. */
import type { CopyForm, CopyRules } from '../src/domain/job-words.ts';
import { plainCopies } from '../src/domain/job-words.ts';

interface Limits {
  readonly takesHtml: boolean;
  readonly most: CopyForm['most'];
}

/** Subjects and places of Exchange end at 255 characters; Google keeps 8 KB of description and shows simple HTML in it. */
const limits: Readonly<Record<string, Limits>> = {
  google: { takesHtml: true, most: { title: 1_000, description: 8_000, location: 1_000 } },
  outlook: { takesHtml: false, most: { title: 250, description: 8_000, location: 250 } },
  caldav: { takesHtml: false, most: { title: 250, description: 8_000, location: 250 } },
};
const strictest: Limits = { takesHtml: false, most: { title: 250, description: 8_000, location: 250 } };

/** The rules in the form of one provider's calendars, or null where they ask for nothing but the usual words. */
export function copyFormOf(provider: string, rules: CopyRules | null | undefined): CopyForm | null {
  const { descriptionHtml, ...same } = rules ?? plainCopies;
  const { takesHtml, most } = limits[provider] ?? strictest;
  const isHtml = takesHtml && descriptionHtml !== null;
  const description = isHtml ? descriptionHtml : same.description;
  const isPlain = [same.title, description, same.location].every((template) => template === null);
  if (isPlain && same.detail === 'full') return null;
  return { ...same, description, isHtml, most };
}

/** What a technician likes to see: whom to call, where to go, what to know, and the way back to the job. */
export const starterTemplate: Omit<CopyRules, 'detail'> = {
  title: '{{title}}{{#customer.name}} - {{customer.name}}{{/customer.name}}',
  description: [
    '{{customer.name}}',
    'Phone: {{customer.phone}}',
    'Address: {{address}}',
    '',
    '{{notes}}',
    '',
    'Job {{ref}}',
    '{{metadata.url}}',
    'Booking {{booking}}',
  ].join('\n'),
  descriptionHtml: [
    '<b>{{customer.name}}</b><br>',
    '{{#customer.phone}}<a href="{{link.phone}}">{{customer.phone}}</a><br>{{/customer.phone}}',
    '{{#address}}<a href="{{link.map}}">{{address}}</a><br>{{/address}}',
    '{{#notes}}<p>{{notes}}</p>{{/notes}}',
    '{{#ref}}Job {{ref}}<br>{{/ref}}',
    'Booking {{booking}}',
  ].join('\n'),
  location: '{{address}}',
};
