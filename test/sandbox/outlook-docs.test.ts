/** Runs every line of docs/sandbox.md that speaks to the simulator: a documented verb works as documented. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type OutlookSimulator, startOutlookSimulator } from '../../sandbox/outlook/server.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/sandbox.md'), 'utf8');
const call = /^(?:(\w+)=\$\()?o ([a-z-]+)(?: '(.*?)'(?= \| jq|$))?(?: \| jq -r \.(\w+)\))?$/;

describe('what the page about the sandbox says of Outlook', () => {
  let outlook: OutlookSimulator;
  before(async () => {
    outlook = await startOutlookSimulator();
  });
  after(() => outlook.close());

  const lines = page.split('\n').flatMap((line) => {
    const match = call.exec(line);
    return match === null ? [] : [{ line, name: match[1], verb: match[2]!, body: match[3] ?? '', member: match[4] }];
  });

  it('shows only lines that work, from the first to the last', async () => {
    const names = new Map<string, string>();
    for (const { line, name, verb, body, member } of lines) {
      const given = body.replace(/'\$(\w+)'/g, (_, key: string) => names.get(key) ?? '');
      const answer = await fetch(`${outlook.url}/_control/${verb}`, { method: 'POST', body: given });
      const text = await answer.text();
      expect(answer.status, `${line}\n${text}`).to.equal(200);
      if (name !== undefined) names.set(name, String(JSON.parse(text)[member!]));
    }
    const meant = page.split('\n').filter((line) => /^(\w+=\$\()?o [a-z]/.test(line));
    expect(lines.map(({ line }) => line)).to.deep.equal(meant);
  });

  it('shows or names every verb that there is', async () => {
    const { verbs } = JSON.parse(await (await fetch(`${outlook.url}/_control`)).text());
    const known: string[] = verbs.map(({ verb }: { verb: string }) => verb);
    const isTold = (verb: string): boolean => lines.some((line) => line.verb === verb) || page.includes(`\`${verb}\``);
    expect(known.filter((verb) => !isTold(verb))).to.deep.equal([]);
  });
});
