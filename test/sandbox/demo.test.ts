import { join } from 'node:path';
import { expect } from 'chai';
import { runDemo } from '../../sandbox/demo/run.ts';

const entry = join(import.meta.dirname, '../../src/run.ts');

describe('the demo', function () {
  this.timeout(240_000);

  it('tells its whole story with the real program, and sends Google and Microsoft nothing that they would refuse', async () => {
    const lines: string[] = [];
    await runDemo({
      ...{ fast: true, gateway: ['--import', 'tsx', entry], signal: new AbortController().signal },
      say: (line) => void lines.push(line),
    });
    expect(lines.at(-1)).to.match(/^Done: \d+ requests to Google and \d+ to Microsoft, none that they would refuse\.$/);
    expect(lines.filter((line) => /^\d+\. /.test(line))).to.have.length(11);
  });

  it('ends with a sentence, and leaves nothing running, when the gateway does not come up', async () => {
    const signal = new AbortController().signal;
    const demo = runDemo({
      fast: true,
      gateway: ['--eval', 'console.error("no room"); process.exit(1)'],
      signal,
      say() {},
    });
    const fault = await demo.then(
      () => null,
      (error: Error) => error.message,
    );
    expect(fault).to.include('the gateway ended: no room');
  });
});
