import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe('the scripts of a fresh clone', function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ilk-'));
    cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
    writeFileSync(join(folder, 'package-lock.json'), '{}');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (code: string, env: NodeJS.ProcessEnv = {}) => {
    const args = ['--input-type=module', '--eval', code];
    return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } });
  };

  it('say in one sentence that Node is too old', () => {
    const done = run(
      `Object.defineProperty(process.versions, 'node', { value: '18.20.0' });
       (await import('./scripts/bootstrap.mjs')).checkNode();`,
    );
    expect(done.status).to.equal(1);
    expect(done.stderr.trim()).to.equal(
      'Interlock needs Node 20.19 or newer; this is 18.20.0. Install a current Node and try again.',
    );
  });

  it('say in one sentence that npm is missing or that it failed', () => {
    const install = `(await import('./scripts/bootstrap.mjs')).installIfNeeded();`;
    const without = run(install, { PATH: folder });
    expect(without.status).to.equal(1);
    expect(without.stderr).to.contain('npm was not found; it comes with Node');
    const failing = run(install);
    expect(failing.status).to.equal(1);
    expect(failing.stderr).to.contain('npm ci failed (see above)');
  });

  it('install again only when the lock file is another one', () => {
    const npm = join(folder, 'npm');
    writeFileSync(npm, '#!/bin/sh\nmkdir -p node_modules\necho installed >&2\n', { mode: 0o755 });
    const install = `(await import('./scripts/bootstrap.mjs')).installIfNeeded();`;
    const path = { PATH: `${folder}:${process.env.PATH}` };
    expect(run(install, path).stderr).to.contain('installed');
    expect(run(install, path).stderr).to.equal('');
    writeFileSync(join(folder, 'package-lock.json'), '{"changed":1}');
    expect(run(install, path).stderr).to.contain('installed');
  });

  it('build again only when a source changed', () => {
    for (const room of ['config', 'src', 'connectors', 'mappings', 'embedded', 'sandbox'])
      mkdirSync(join(folder, room));
    for (const file of ['tsconfig.json', 'tsconfig.build.json']) writeFileSync(join(folder, file), '{}');
    writeFileSync(join(folder, 'npm'), '#!/bin/sh\necho built >&2\n', { mode: 0o755 });
    const build = `(await import('./scripts/bootstrap.mjs')).buildIfNeeded();`;
    const path = { PATH: `${folder}:${process.env.PATH}` };
    expect(run(build, path).stderr).to.contain('built');
    expect(run(build, path).stderr).to.equal('');
    writeFileSync(join(folder, 'src', 'new.ts'), 'export {};\n');
    expect(run(build, path).stderr).to.contain('built');
  });

  it('add up the totals of several runs, and fail where one has none or a failure', () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const totals = (...files: string[]) =>
      spawnSync(process.execPath, [join(folder, 'scripts', 'totals.mjs'), ...files], { encoding: 'utf8' });
    const plain = file('plain', '    ✔ has 3 passing cars\n\n  12 passing (3s)\n  1 pending\n');
    const coloured = file('coloured', '\u001b[92m \u001b[0m\u001b[32m 30 passing\u001b[0m\u001b[90m (2m)\u001b[0m\n');
    const good = totals(plain, coloured);
    expect(good.stdout.trim().split('\n').at(-1)).to.equal('42 passed, 0 failed, 1 skipped');
    expect(good.status).to.equal(0);
    expect(totals(plain, file('broken', '  1 passing (1s)\n  2 failing\n')).status).to.equal(1);
    expect(totals(plain, file('silent', 'nothing\n')).status).to.equal(1);
    expect(totals(plain, join(folder, 'absent')).status).to.equal(1);
  });
});
