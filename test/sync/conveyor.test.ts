/** A line of work: made ready ahead, worked at a few at a time, cleared away in between. */
import { expect } from 'chai';
import type { Line } from '../../src/sync/conveyor.ts';
import { convey } from '../../src/sync/conveyor.ts';

/** A promise that the test ends. */
function gate(): { readonly passed: Promise<void>; open(): void; fail(reason: Error): void } {
  let open = (): void => {};
  let fail = (_: Error): void => {};
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { passed, open: () => open(), fail: (reason) => fail(reason) };
}
/** Long enough for everything that waits for nothing. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn += 1) await null;
};

interface Watched extends Line<number> {
  readonly begun: number[];
  readonly cleared: number[][];
  fed: number;
}

/** Feeds 0, 1, 2 ... in portions; everything passes at once unless the test says otherwise. */
function lineOf(total: number, over: Partial<Line<number>> = {}, portion = 4): Watched {
  const done: number[] = [];
  const line: Watched = {
    ...{ width: 2, ahead: 2, batch: 3, begun: [], cleared: [], fed: 0 },
    feed: async () => {
      if (line.fed >= total) return null;
      const jobs = Array.from({ length: Math.min(portion, total - line.fed) }, (_, i) => line.fed + i);
      line.fed += jobs.length;
      return jobs;
    },
    work: async (job) => {
      line.begun.push(job);
      await over.work?.(job);
      done.push(job);
    },
    done: () => done.length,
    clear: async () => {
      const batch = done.splice(0);
      await over.clear?.();
      line.cleared.push(batch);
    },
  };
  return line;
}
const sorted = (batches: readonly (readonly number[])[]): number[] => batches.flat().sort((a, b) => a - b);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('a line of work', () => {
  it('works at every job once and clears every one away', async () => {
    const line = lineOf(11);
    expect(await convey(line)).to.deep.equal([]);
    expect(line.begun).to.deep.equal(upTo(11));
    expect(sorted(line.cleared)).to.deep.equal(upTo(11));
  });

  it('ends where there is nothing to do, and asks again where nothing was ready', async () => {
    expect(await convey(lineOf(0))).to.deep.equal([]);
    const line = lineOf(5);
    const feed = line.feed.bind(line);
    let turn = 0;
    const halting = {
      ...line,
      feed: async () => {
        turn += 1;
        return turn % 2 === 0 ? feed() : [];
      },
    };
    expect(await convey(halting)).to.deep.equal([]);
    expect(line.begun).to.deep.equal(upTo(5));
  });

  it('has more ready while nothing gets done, but no more than it should', async () => {
    const first = gate();
    const line = lineOf(100, { work: () => first.passed });
    const end = convey(line);
    await settled();
    expect(line.begun).to.deep.equal([0, 1]);
    expect(line.fed).to.equal(8);
    first.open();
    await end;
    expect(sorted(line.cleared)).to.deep.equal(upTo(100));
  });

  it('clears away what is done while one job takes its time', async () => {
    const slow = gate();
    const line = lineOf(10, { work: async (job) => (job === 0 ? slow.passed : undefined) });
    const end = convey(line);
    await settled();
    expect(line.begun).to.deep.equal(upTo(10));
    expect(sorted(line.cleared)).to.deep.equal(upTo(10).slice(1));
    slow.open();
    await end;
    expect(sorted(line.cleared)).to.deep.equal(upTo(10));
  });

  it('goes on working while it clears away, once at a time', async () => {
    const broom = gate();
    let sweeping = 0;
    let most = 0;
    const line = lineOf(20, {
      clear: async () => {
        sweeping += 1;
        most = Math.max(most, sweeping);
        await broom.passed;
        sweeping -= 1;
      },
    });
    const end = convey(line);
    await settled();
    expect(line.begun).to.deep.equal(upTo(20));
    broom.open();
    await end;
    expect(most).to.equal(1);
    expect(sorted(line.cleared)).to.deep.equal(upTo(20));
  });

  it('begins nothing after a failure, and hears what had begun', async () => {
    const other = gate();
    const line = lineOf(100, {
      work: async (job) => {
        if (job === 0) throw new Error('broken');
        await other.passed;
      },
    });
    const end = convey(line);
    let isOver = false;
    void end.then(() => {
      isOver = true;
    });
    await settled();
    expect(isOver).to.equal(false);
    other.open();
    expect((await end).map(String)).to.deep.equal(['Error: broken']);
    expect(line.begun).to.deep.equal([0, 1]);
    expect(line.done()).to.equal(1);
  });

  it('tells every failure, those of feeding and clearing too', async () => {
    const line = lineOf(100, { clear: () => Promise.reject(new Error('swept')) });
    expect((await convey(line)).map(String)).to.include('Error: swept');
    const hungry = { ...lineOf(1), feed: () => Promise.reject(new Error('empty')) };
    expect((await convey(hungry)).map(String)).to.deep.equal(['Error: empty']);
  });
});
