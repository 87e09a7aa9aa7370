/** The list of safeguards and the edits that switch them off may not fall behind the code. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { mutations } from '../kit/mutations.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the safeguard', () => {
  for (const { name, edits, suites } of mutations) {
    it(`"${name}" is where its mutation expects it`, () => {
      for (const { file, from, to } of edits) {
        const text = readFileSync(join(root, file), 'utf8');
        expect(text.split(from).length - 1, `${file}: ${from}`).to.equal(1);
        expect(to).to.not.equal(from);
      }
      for (const suite of suites) if (!suite.includes('*')) expect(existsSync(join(root, suite)), suite).to.equal(true);
    });
  }

  it('each has a name of its own', () => {
    expect(new Set(mutations.map(({ name }) => name)).size).to.equal(mutations.length);
  });
});
