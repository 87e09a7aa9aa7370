/** How much of an event a calendar feed shows: all, the words of the business's templates, or its time alone. */
import type { Event, EventFields } from '../src/domain/event.ts';
import type { CopyRules, FeedDetail, JobCard } from '../src/domain/job-words.ts';
import { describeBooking, jobCard } from '../src/domain/job-words.ts';
import { copyFormOf } from './job-template.ts';

const timeOnly: JobCard = { title: 'Busy', description: '', location: '' };

/** Templates word bookings and nothing else: of other events a feed of this tier shows the time. */
export function feedView(event: Event, detail: FeedDetail, copies: CopyRules | undefined): EventFields {
  const { fields, booking } = event;
  if (detail === 'full') return fields;
  if (detail === 'busy' || booking === null) return worded(fields, timeOnly);
  const form = copyFormOf('', copies);
  return worded(fields, form === null ? describeBooking(booking) : jobCard(booking, form));
}

/** Every occurrence says the same: what somebody wrote into one of them is theirs. */
function worded(fields: EventFields, card: JobCard): EventFields {
  const { title, description, location } = card;
  const words = { title, description, location };
  const instances = Object.entries(fields.instances).map(
    ([key, i]) => [key, i === 'cancelled' ? i : { ...i, ...words }] as const,
  );
  return { ...fields, ...words, instances: Object.fromEntries(instances) };
}
