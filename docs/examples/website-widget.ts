/**
 * A booking widget on a website: show free times, hold one while the customer types, book it. Run it against a gateway:
 * `npx tsx docs/examples/website-widget.ts http://localhost:8080 KEY`.
 */
import { type Booking, InterlockError, interlockClient, type Slot } from './interlock-client.ts';

type Client = ReturnType<typeof interlockClient>;

/** What the widget shows for a day: free hours with anybody of the kind. */
export async function freeTimes(client: Client, from: string, to: string): Promise<readonly Slot[]> {
  const { slots } = await client.findAvailability({
    body: {
      from,
      to,
      duration: 'PT1H',
      requires: [{ kind: 'technician' }],
      granularity: 'PT1H',
      limit: 20,
      language: 'en-GB',
    },
  });
  return slots;
}

/** The customer clicked: nobody else can take the time for five minutes. Null: somebody was faster, show others. */
export async function holdTime(client: Client, slot: Slot): Promise<string | null> {
  try {
    const { start, end, resourceIds } = slot;
    return (await client.createHold({ body: { start, end, resourceIds, expiresIn: 'PT5M' } })).id;
  } catch (error) {
    if (error instanceof InterlockError && error.problem.code === 'slot_taken') return null;
    throw error;
  }
}

/**
 * The form was sent. `formId` is made once when the form opens: a second click or a lost answer books nothing twice.
 * Every calendar of the technician is read once more before the time is claimed.
 */
export function bookHeld(client: Client, slot: Slot, holdId: string, formId: string): Promise<Booking> {
  return client.createBooking({
    idempotencyKey: formId,
    body: {
      ...{ start: slot.start, end: slot.end, resourceIds: slot.resourceIds, holdId },
      title: 'Boiler service',
      customer: { name: 'Erin Example', phone: '+44 20 7946 0000', email: 'erin@example.com' },
      location: { address: '1 Example Street' },
      source: 'website',
      maxStaleness: 'PT0S',
    },
  });
}

/** The whole walk; answers the booking. */
export async function run(client: Client, from: string, to: string): Promise<Booking> {
  for (const slot of await freeTimes(client, from, to)) {
    const holdId = await holdTime(client, slot);
    if (holdId !== null) return bookHeld(client, slot, holdId, crypto.randomUUID());
  }
  throw new Error('nothing is free on that day');
}

if (import.meta.filename === process.argv[1]) {
  const [, , url = 'http://localhost:8080', key = ''] = process.argv;
  const from = new Date(Date.now() + 86_400_000).toISOString();
  const to = new Date(Date.now() + 4 * 86_400_000).toISOString();
  const booking = await run(interlockClient({ url, key }), from, to);
  console.log(`Booked ${booking.start} to ${booking.end}: ${booking.id}`);
}
