// Adds up the closing totals of several mocha runs and prints them as one line; fails when a run has no totals or a failure.
import { existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const sum = { passing: 0, failing: 0, pending: 0 };
let complete = true;
for (const file of process.argv.slice(2)) {
  const text = existsSync(file) ? stripVTControlCharacters(readFileSync(file, 'utf8')) : '';
  const found = [...text.matchAll(/^ +(\d+) (passing|failing|pending)\b/gm)];
  if (!found.some(([, count, word]) => word === 'passing' && Number(count) > 0)) {
    console.log(`no test passed in the run kept as ${file.split('/').at(-1)}`);
    complete = false;
  }
  for (const [line, count, word] of found) {
    console.log(line);
    sum[word] += Number(count);
  }
}
console.log(`${sum.passing} passed, ${sum.failing} failed, ${sum.pending} skipped`);
process.exit(complete && sum.failing === 0 && sum.passing > 0 ? 0 : 1);
