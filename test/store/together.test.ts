import { expect } from 'chai';
import { readTogether, together } from '../../src/store/mongo/together.ts';

/** A run that ends when told to, and remembers what it was asked. */
function gated() {
  const asked: (readonly number[])[] = [];
  const open: { end(): void; fail(error: Error): void }[] = [];
  const run = (batch: readonly number[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      asked.push(batch);
      open.push({ end: () => resolve(batch.map((n) => `answer ${n}`)), fail: reject });
    });
  return { asked, open, share: together(run) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('calls that share a command', () => {
  it('begin at once when nobody is before them', () => {
    const { asked, share } = gated();
    void share(1);
    expect(asked).to.deep.equal([[1]]);
  });

  it('never join one that has begun, and share the next', async () => {
    const { asked, open, share } = gated();
    const all = [share(1), share(2), share(3)];
    expect(asked).to.deep.equal([[1]]);
    open[0]!.end();
    expect(await all[0]).to.equal('answer 1');
    await turn();
    expect(asked).to.deep.equal([[1], [2, 3]]);
    open[1]!.end();
    expect(await Promise.all(all)).to.deep.equal(['answer 1', 'answer 2', 'answer 3']);
  });

  it('fail with the one that they shared, and not with the one before or after', async () => {
    const { open, share } = gated();
    const heard = [1, 2, 3].map((n) => share(n).catch((error: Error) => error.message));
    open[0]!.end();
    await turn();
    open[1]!.fail(new Error('gone'));
    await turn();
    const last = share(4);
    open[2]!.end();
    expect(await Promise.all(heard)).to.deep.equal(['answer 1', 'gone', 'gone']);
    expect(await last).to.equal('answer 4');
  });

  it('are at most 64 at once', async () => {
    const { asked, open, share } = gated();
    const all = Array.from({ length: 70 }, (_, n) => share(n));
    for (let i = 0; i < 3; i += 1) {
      open[i]!.end();
      await turn();
    }
    await Promise.all(all);
    expect(asked.map((batch) => batch.length)).to.deep.equal([1, 64, 5]);
  });
});

describe('reads by keys that share a command', () => {
  it('give each caller its own rows of its own tenant', async () => {
    const reads: string[] = [];
    const read = readTogether(
      async (tenant: string, ids: readonly string[]) => {
        reads.push(`${tenant}: ${ids.join(' ')}`);
        return ids.map((id) => ({ id, tenant }));
      },
      (row) => row.id,
    );
    const [first, second, third, other] = await Promise.all([
      read('a', ['1']),
      read('a', ['1', '2']),
      read('a', ['2', '3']),
      read('b', ['1']),
    ]);
    expect(first).to.deep.equal([{ id: '1', tenant: 'a' }]);
    expect(second.map((row) => row.id)).to.deep.equal(['1', '2']);
    expect(third.map((row) => row.id)).to.deep.equal(['2', '3']);
    expect(other).to.deep.equal([{ id: '1', tenant: 'b' }]);
    expect(reads).to.deep.equal(['a: 1', 'a: 1 2 3', 'b: 1']);
  });

  it('do not make a caller of one key wait for many keys', async () => {
    const many = Array.from({ length: 17 }, (_, n) => String(n));
    const begun: number[] = [];
    const read = readTogether(
      (_tenant: string, ids: readonly string[]) => {
        begun.push(ids.length);
        return ids.length > 16 ? new Promise<{ id: string }[]>(() => {}) : Promise.resolve(ids.map((id) => ({ id })));
      },
      (row) => row.id,
    );
    void read('a', many);
    expect(await read('a', ['1'])).to.deep.equal([{ id: '1' }]);
    expect(begun).to.deep.equal([17, 1]);
  });
});
