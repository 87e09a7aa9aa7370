/**
 * A CRM that owns the jobs: it writes them with references of its own, moves and cancels them, and follows what
 * technicians change. Run it against a gateway: `npx tsx docs/examples/crm.ts http://localhost:8080 KEY RESOURCE_ID`.
 */
import { type Booking, InterlockError, interlockClient } from './interlock-client.ts';

type Client = ReturnType<typeof interlockClient>;

export interface Job {
  /** The CRM's own number; the same job sent again is the same booking. */
  readonly number: string;
  readonly title: string;
  readonly start: string;
  readonly end: string;
  readonly technician: string;
}

/** A night's worth of jobs at once; each has its own answer, in the same order. */
export async function importJobs(client: Client, jobs: readonly Job[]): Promise<readonly (Booking | string)[]> {
  const { data } = await client.createBookings({
    body: {
      bookings: jobs.map(({ number, title, start, end, technician }) => ({
        ...{ title, start, end, resourceIds: [technician], externalRef: number },
        ...{ source: 'crm' as const, metadata: { job: number } },
      })),
    },
  });
  return data.map((item) => item.booking ?? item.problem?.detail ?? `refused with ${item.status}`);
}

/**
 * Moves a job, but only the version that the CRM knows: what a technician changed on the phone meanwhile is not overwritten.
 * The old time stays taken until the new one is won.
 */
export async function moveJob(client: Client, known: Booking, start: string, end: string): Promise<Booking> {
  try {
    return await client.changeBooking({ id: known.id, ifVersion: known.version, body: { start, end } });
  } catch (error) {
    if (!(error instanceof InterlockError) || error.status !== 412) throw error;
    const current = await client.getBooking({ id: known.id });
    console.log(`Job ${known.externalRef} is at ${current.start} now; asking a person.`);
    return current;
  }
}

/** The booking of a job, wherever it is by now. */
export async function findJob(client: Client, number: string): Promise<Booking | null> {
  const { data } = await client.listBookings({ externalRef: number });
  return data[0] ?? null;
}

if (import.meta.filename === process.argv[1]) {
  const [, , url = 'http://localhost:8080', key = '', technician = ''] = process.argv;
  const client = interlockClient({ url, key });
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const job: Job = { number: `job-${Date.now()}`, title: 'Leaking tap', start: at(24), end: at(25), technician };
  const [first] = await importJobs(client, [job]);
  if (typeof first !== 'object') throw new Error(first);
  const moved = await moveJob(client, first, at(26), at(27));
  const { data } = await client.tellBooking({ id: moved.id });
  for (const step of data) console.log(`${step.at} ${step.text}`);
  await client.cancelBooking({ id: moved.id });
}
