/** Keeps the embedded database running: a child that died is started again on the same folder, so under the same address. */
import type { EmbeddedChild, ExitReason } from '../embedded/child.ts';
import type { Clock, Log } from './domain/ports.ts';

export interface KeptDatabase {
  readonly uri: string;
  /** Process id of the child that runs now. */
  pid(): number;
  /** Ends it in order; it is not started again. */
  stop(): Promise<void>;
  /** Called once when starting again is of no use; the gateway should end. */
  onGivenUp(listener: (reason: string) => void): void;
}

/** So many deaths within `troubledMs` are not an accident. */
const mostDeaths = 5;
const troubledMs = 60_000;
const pauseMs = 200;

/** @throws what `start` throws the first time: then there is nothing to keep */
export async function keepEmbedded(
  start: () => Promise<EmbeddedChild>,
  o: { readonly clock: Clock; readonly log: Log },
): Promise<KeptDatabase> {
  let child = await start();
  const { uri } = child;
  let isStopping = false;
  let restarting: Promise<void> = Promise.resolve();
  let giveUp: (reason: string) => void = () => {};
  const deaths: number[] = [];

  const watch = (): void =>
    child.onExit((reason) => {
      if (isStopping) return;
      o.log.error('the embedded database ended; starting it again', { reason: wordsOf(reason) });
      restarting = restart(wordsOf(reason));
    });

  const restart = async (why: string): Promise<void> => {
    const now = o.clock.monotonic();
    deaths.push(now);
    while (deaths[0]! < now - troubledMs) deaths.shift();
    if (deaths.length > mostDeaths) return giveUp(why);
    await o.clock.sleep(pauseMs);
    if (isStopping) return;
    try {
      child = await start();
    } catch (error) {
      return giveUp(error instanceof Error ? error.message : String(error));
    }
    if (child.uri !== uri) return giveUp(`it came back under another address`);
    watch();
  };

  watch();
  return {
    uri,
    pid: () => child.pid,
    async stop() {
      isStopping = true;
      await restarting;
      await child.stop();
    },
    onGivenUp(listener) {
      giveUp = listener;
    },
  };
}

const wordsOf = (reason: ExitReason): string => reason.message || `${reason.signal ?? `exit code ${reason.code}`}`;
