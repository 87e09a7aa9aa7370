/**
 * A voice agent on the phone: three times that are all kept for the caller, said in the caller's language, one accepted,
 * read back. Run it against a gateway: `npx tsx docs/examples/voice-agent.ts http://localhost:8080 KEY`.
 */
import { type Booking, InterlockError, interlockClient, type Offer } from './interlock-client.ts';

type Client = ReturnType<typeof interlockClient>;

/** `callId` names the call: a repeated request gives the same offer and holds nothing twice. */
export function offerTimes(client: Client, callId: string, from: string, to: string): Promise<Offer> {
  return client.createOffer({
    idempotencyKey: `${callId}-offer`,
    body: {
      ...{ from, to, duration: 'PT1H', requires: [{ kind: 'technician' }], count: 3, expiresIn: 'PT3M' },
      ...{ language: 'en-US', maxStaleness: 'PT30S' },
    },
  });
}

/** What the agent says: every option once, with its number. */
export const spoken = (offer: Offer): string =>
  offer.options.length === 0
    ? 'I am sorry, nothing is free then.'
    : `I can offer ${offer.options.map((option, i) => `${i + 1}: ${option.sentence}`).join('; ')}. Which one suits you?`;

/** The caller chose. An offer that ended meanwhile brings a new one along, which the agent reads out next. */
export async function accept(
  client: Client,
  callId: string,
  offer: Offer,
  choice: number,
): Promise<{ readonly booking: Booking } | { readonly next: Offer | null }> {
  const option = offer.options[choice - 1];
  if (option === undefined) return { next: offer };
  try {
    const booking = await client.acceptOffer({
      id: offer.id,
      idempotencyKey: `${callId}-accept-${offer.id}`,
      body: { option: option.id, title: 'Boiler service', customer: { name: 'Erin Example' }, source: 'agent' },
    });
    return { booking };
  } catch (error) {
    if (!(error instanceof InterlockError) || error.problem.code !== 'offer_expired') throw error;
    const next = error.problem.offer;
    return { next: isOffer(next) ? next : null };
  }
}

const isOffer = (value: unknown): value is Offer => typeof value === 'object' && value !== null && 'options' in value;

if (import.meta.filename === process.argv[1]) {
  const [, , url = 'http://localhost:8080', key = ''] = process.argv;
  const client = interlockClient({ url, key });
  const callId = crypto.randomUUID();
  const day = 86_400_000;
  const from = new Date(Date.now() + day).toISOString();
  const offer = await offerTimes(client, callId, from, new Date(Date.now() + 5 * day).toISOString());
  console.log(spoken(offer));
  const answer = await accept(client, callId, offer, 1);
  if ('booking' in answer) console.log(`Confirmed: ${answer.booking.start}, ${answer.booking.id}`);
}
