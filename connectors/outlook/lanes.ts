/** Four requests at once per mailbox and no more (Microsoft's limit): whoever comes fifth waits for a lane. */

export interface Lanes {
  /** Runs when a lane of this mailbox is free, in the order of asking; rejects when the signal aborts. */
  run<T>(mailbox: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

interface Mailbox {
  busy: number;
  readonly waiting: (() => void)[];
}

export function makeLanes(width: number): Lanes {
  const mailboxes = new Map<string, Mailbox>();

  function leave(key: string, mailbox: Mailbox): void {
    const next = mailbox.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    mailbox.busy -= 1;
    if (mailbox.busy === 0) mailboxes.delete(key);
  }
  function enter(mailbox: Mailbox, signal: AbortSignal): Promise<void> {
    if (mailbox.busy < width) {
      mailbox.busy += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        mailbox.waiting.splice(mailbox.waiting.indexOf(begin), 1);
        reject(signal.reason);
      };
      mailbox.waiting.push(begin);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
  return {
    async run(name, signal, work) {
      signal.throwIfAborted();
      const key = name.toLowerCase();
      const mailbox = mailboxes.get(key) ?? { busy: 0, waiting: [] };
      mailboxes.set(key, mailbox);
      await enter(mailbox, signal);
      try {
        return await work();
      } finally {
        leave(key, mailbox);
      }
    },
  };
}
