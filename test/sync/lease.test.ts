/** A visit whose lease may have passed on stops before the next call to the provider. */
import { expect } from 'chai';
import { visitDefaults } from '../../config/defaults.ts';
import { zoned } from '../kit/builders.ts';
import { aStage } from '../kit/stage.ts';

const hour = (n: number) => ({ start: zoned(`2027-06-0${n}T09:00`), end: zoned(`2027-06-0${n}T10:00`) });

describe('a visit whose provider is slow', () => {
  for (const [share, writes] of [
    [0.7, 2],
    [0.85, 1],
  ] as const) {
    it(`makes ${writes === 1 ? 'no further write' : 'the next write'} when ${share} of its lease went by in one`, async () => {
      const stage = await aStage({ capabilities: { parallel: 1 } });
      const work = await stage.attach('work');
      for (const n of [1, 2]) await stage.book(`b${n}`, hour(n));
      let isFirst = true;
      work.server.knobs.gate = async (call) => {
        if (call !== 'write' || !isFirst) return;
        isFirst = false;
        stage.clock.advance(share * visitDefaults.leaseMs);
      };
      const report = await stage.visit(work);
      expect(work.server.calls.write).to.equal(writes);
      expect(report.kind).to.equal(writes === 1 ? 'fault' : 'done');
    });
  }
});
