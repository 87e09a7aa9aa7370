/** `npm run demo`: sets the stage, tells the story with time to look, and stays until somebody ends it. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Scene, setScene } from './scene.ts';
import { type Teller, tellStory } from './story.ts';

export interface DemoOptions {
  /** No pauses, and the end after the story. */
  readonly fast: boolean;
  /** Arguments for Node that run the gateway. */
  readonly gateway: readonly string[];
  readonly say: (line: string) => void;
  /** Ends pauses, story and stage. */
  readonly signal: AbortSignal;
}

const patienceMs = 60_000;
const lookAgainMs = 25;

/** @throws Error with the step that did not come about */
export async function runDemo({ fast, gateway, say, signal }: DemoOptions): Promise<void> {
  say('Starting a gateway, Google Calendar, Outlook and a CalDAV server in memory ...');
  const scene: Scene = await setScene(gateway);
  try {
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    for (const line of ['', ...scene.addresses, '', `The story plays tomorrow, ${day}.`, '']) say(line);
    if (!fast) say('It begins in fifteen seconds: open the board and a phone side by side.\n');
    const teller = tellerOf({ fast, say, signal });
    await teller.pause(15);
    await tellStory(scene, day, teller);
    if (fast) return;
    say('\nEverything stays up until you press Ctrl-C: book, drag, type, delete.');
    await pause(2 ** 31 - 1, undefined, { signal });
  } catch (fault) {
    if (!signal.aborted) throw fault;
  } finally {
    await scene.close();
  }
}

function tellerOf({ fast, say, signal }: Omit<DemoOptions, 'gateway'>): Teller {
  return {
    say,
    pause: (seconds) => pause(fast ? 0 : seconds * 1000, undefined, { signal }),
    async until(what, ask) {
      const giveUpAt = performance.now() + patienceMs;
      for (;;) {
        const answer = await ask();
        if (answer !== null) return answer;
        if (performance.now() > giveUpAt) throw new Error(`this did not come about: ${what}`);
        await pause(lookAgainMs, undefined, { signal });
      }
    },
  };
}
