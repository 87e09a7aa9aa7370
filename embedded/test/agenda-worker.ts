/** A process of its own that works on agenda's jobs: `agenda-worker URI HANDS HANG_AFTER`. Writes down every start and finish. */
import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda, type Job } from 'agenda';
import { mongo } from 'mongoose';

/** Kept short, so that jobs of a killed process come back soon; long for a job that only writes two documents. */
const LOCK_MS = 8_000;

async function main(uri: string, hands: number, hangAfter: number): Promise<void> {
  const client = await mongo.MongoClient.connect(uri, { maxPoolSize: hands });
  const runs = client.db().collection('runs');
  const agenda = new Agenda({
    backend: new MongoBackend({ address: uri, collection: 'jobs' }),
    processEvery: 100,
    defaultLockLifetime: LOCK_MS,
    defaultConcurrency: hands,
    // Not more locks than hands: a lock must not run out while its job waits.
    defaultLockLimit: hands,
  });
  agenda.on('error', () => undefined);
  let finished = 0;
  agenda.define('count', async (job: Job<{ n: number }>) => {
    const { n } = job.attrs.data;
    await runs.insertOne({ n, pid: process.pid, event: 'start' });
    if (finished >= hangAfter) await new Promise<never>(() => undefined);
    finished += 1;
    await runs.insertOne({ n, pid: process.pid, event: 'finish' });
  });
  await agenda.start();
  await runs.insertOne({ pid: process.pid, event: 'ready' });
}

const [uri = '', hands, hangAfter] = process.argv.slice(2);
void main(uri, Number(hands), Number(hangAfter));
