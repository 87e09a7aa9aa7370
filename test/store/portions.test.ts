/** A large bulk goes portion by portion; its caller sees one answer. */
import { expect } from 'chai';
import { inPortions } from '../../src/store/mongo/portions.ts';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('work in portions', () => {
  it('answers for every item in its order, whichever portion ends first', async () => {
    const sizes: number[] = [];
    const done = await inPortions(upTo(200), async (portion) => {
      sizes.push(portion.length);
      for (let turn = portion[0]!; turn < 300; turn += 1) await null;
      return portion.map((item) => item * 2);
    });
    expect(done).to.deep.equal(upTo(200).map((item) => item * 2));
    expect(sizes.length).to.be.above(2);
    expect(Math.max(...sizes)).to.be.below(100);
  });

  it('asks for nothing where there is nothing, and once where there is little', async () => {
    let calls = 0;
    const work = async (portion: readonly number[]) => {
      calls += 1;
      return portion;
    };
    expect(await inPortions([], work)).to.deep.equal([]);
    expect(calls).to.equal(0);
    expect(await inPortions([1, 2], work)).to.deep.equal([1, 2]);
    expect(calls).to.equal(1);
  });

  it('lets every portion end before it fails', async () => {
    let ended = 0;
    let failure = '';
    await inPortions(upTo(200), async (portion) => {
      if (portion[0] === 0) throw new Error('the first one');
      for (let turn = 0; turn < 50; turn += 1) await null;
      ended += portion.length;
      return portion;
    }).catch((error: Error) => {
      failure = error.message;
    });
    expect(failure).to.equal('the first one');
    expect(ended).to.be.above(130);
  });
});
