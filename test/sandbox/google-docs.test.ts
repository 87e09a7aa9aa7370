/** Runs every line of docs/sandbox.md that speaks to the simulator: a documented verb works as documented. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type GoogleSimulator, startGoogleSimulator } from '../../sandbox/google/server.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/sandbox.md'), 'utf8');
const call = /^(?:(\w+)=\$\()?g ([a-z-]+)(?: '(.*?)'(?= \| jq|$))?(?: \| jq -r \.(\w+)\))?$/;

describe('the page about the sandbox', () => {
  let google: GoogleSimulator;
  before(async () => {
    google = await startGoogleSimulator();
  });
  after(() => google.close());

  const lines = page.split('\n').flatMap((line) => {
    const match = call.exec(line);
    return match === null ? [] : [{ line, name: match[1], verb: match[2]!, body: match[3] ?? '', member: match[4] }];
  });

  it('shows only lines that work, from the first to the last', async () => {
    const names = new Map<string, string>();
    for (const { line, name, verb, body, member } of lines) {
      const given = body.replace(/'\$(\w+)'/g, (_, key: string) => names.get(key) ?? '');
      const answer = await fetch(`${google.url}/_control/${verb}`, { method: 'POST', body: given });
      const text = await answer.text();
      expect(answer.status, `${line}\n${text}`).to.equal(200);
      if (name !== undefined) names.set(name, String(JSON.parse(text)[member!]));
    }
    const meant = page.split('\n').filter((line) => /^(\w+=\$\()?g [a-z]/.test(line));
    expect(lines.map(({ line }) => line)).to.deep.equal(meant);
  });

  it('shows every verb that there is', async () => {
    const { verbs } = JSON.parse(await (await fetch(`${google.url}/_control`)).text());
    const known: string[] = verbs.map(({ verb }: { verb: string }) => verb);
    expect(known.filter((verb) => !lines.some((line) => line.verb === verb))).to.deep.equal([]);
  });
});
