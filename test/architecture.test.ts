/** Reads the import lines of every source and fails on a direction that the house forbids (docs/architecture.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rooms = ['config', 'src', 'connectors', 'mappings', 'embedded', 'sandbox'];
const files = rooms.flatMap((room) => walk(room)).filter((f) => f.endsWith('.ts') && !f.includes('/test/'));

interface Source {
  readonly file: string;
  readonly text: string;
  readonly own: readonly string[];
  readonly foreign: readonly string[];
}

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true }).map(
    (name) => `${folder}/${String(name).replaceAll('\\', '/')}`,
  );
}

const sources: readonly Source[] = files.map((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const names = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((m) => m[1]!);
  const own = names
    .filter((n) => n.startsWith('.'))
    .map((n) => normalize(join(dirname(file), n)).replaceAll('\\', '/'));
  return { file, text, own, foreign: names.filter((n) => !n.startsWith('.') && !n.startsWith('node:')) };
});

const inside = (path: string, places: readonly string[]): boolean =>
  places.some((p) => path === p || path.startsWith(`${p}/`));

/** Each room and the only places of ours that it may import from. */
const allowed: readonly [room: string, places: readonly string[]][] = [
  ['src/domain', ['src/domain']],
  ['mappings', ['mappings', 'src/domain']],
  ['connectors', ['connectors', 'mappings', 'src/domain', 'src/net']],
  ['src/store', ['src/store', 'src/domain']],
  ['src/net', ['src/net', 'src/domain']],
  [
    'src/sync',
    [
      'src/sync',
      'src/domain',
      'src/store/store.ts',
      'src/store/rules.ts',
      'src/scheduling/sheet.ts',
      'config/defaults.ts',
    ],
  ],
  ['src/scheduling', ['src/scheduling', 'src/domain', 'src/store/store.ts', 'src/store/rules.ts']],
  ['src/jobs', ['src/jobs', 'src/domain']],
  ['src/notify', ['src/notify', 'src/domain', 'src/store/store.ts', 'src/store/webhooks.ts', 'src/net', 'mappings']],
  [
    'src/api',
    [
      'src/api',
      'src/domain',
      'src/store/store.ts',
      'src/scheduling',
      'src/sync/nudge.ts',
      'src/notify',
      'mappings',
      'src/net',
      'config/defaults.ts',
    ],
  ],
  ['config', ['config', 'src/domain']],
  ['embedded', ['embedded']],
];

/** A library and the only places that may import it. */
const libraries: readonly [library: RegExp, places: readonly string[]][] = [
  [/^mongoose$/, ['src/store/mongo']],
  [/^express/, ['src/api']],
  [/^(agenda|@agendajs\/.*)$/, ['src/jobs']],
  [/^undici$/, ['connectors', 'src/net']],
  [/^(bson|classic-level|sorted-btree)$/, ['embedded', 'src/store/mongo']],
];

describe('the house', () => {
  it('has sources to look at', () => {
    expect(sources.length).to.be.greaterThan(40);
  });

  for (const [room, places] of allowed) {
    it(`lets ${room} import only from ${places.join(', ')}`, () => {
      const wrong = sources
        .filter((s) => inside(s.file, [room]))
        .flatMap((s) => s.own.filter((path) => !inside(path, places)).map((path) => `${s.file} -> ${path}`));
      expect(wrong).to.deep.equal([]);
    });
  }

  it('keeps each connector from the others', () => {
    const providerOf = (path: string): string | null => /^connectors\/([^/]+)\//.exec(path)?.[1] ?? null;
    const wrong = sources.flatMap((s) =>
      s.own
        .filter(
          (path) => providerOf(s.file) !== null && providerOf(path) !== null && providerOf(path) !== providerOf(s.file),
        )
        .map((path) => `${s.file} -> ${path}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('lets nobody import main but the program that runs it', () => {
    expect(sources.filter((s) => s.own.includes('src/main.ts')).map((s) => s.file)).to.deep.equal(['src/run.ts']);
  });

  it('keeps effects out of the planners', () => {
    const pure = [
      'src/sync/view.ts',
      'src/sync/merge.ts',
      'src/sync/absorb.ts',
      'src/sync/owe.ts',
      'src/sync/absence.ts',
      'src/sync/links.ts',
    ];
    const planners = [
      ...pure,
      'src/scheduling/sheet.ts',
      'src/scheduling/availability.ts',
      'src/scheduling/alternatives.ts',
      'src/scheduling/assign.ts',
    ];
    for (const file of planners) {
      const source = sources.find((s) => s.file === file);
      expect(source, file).to.not.equal(undefined);
      expect(source!.text, file).to.not.match(/\basync\b|\bawait\b|Promise/);
    }
  });

  for (const [library, places] of libraries) {
    it(`keeps ${library.source} inside ${places.join(', ')}`, () => {
      const wrong = sources.filter((s) => s.foreign.some((n) => library.test(n)) && !inside(s.file, places));
      expect(wrong.map((s) => s.file)).to.deep.equal([]);
    });
  }

  it('reads the environment only in config and in the database program of its own', () => {
    const wrong = sources.filter(
      (s) => /process\.env/.test(s.text) && !inside(s.file, ['config', 'embedded/cli.ts', 'embedded/child.ts']),
    );
    expect(wrong.map((s) => s.file)).to.deep.equal([]);
  });

  it('asks the process for the time only in the clock (the database program has a clock of its own)', () => {
    const wrong = sources.filter(
      (s) =>
        /Date\.now\(\)|new Date\(\)|performance\.now\(\)/.test(s.text) &&
        !inside(s.file, ['src/clock.ts', 'embedded', 'sandbox']),
    );
    expect(wrong.map((s) => s.file)).to.deep.equal([]);
  });

  it('names providers only in connectors, mappings and config', () => {
    const wrong = sources.filter((s) => inside(s.file, ['src']) && /['"](google|outlook|caldav)['"]/.test(s.text));
    expect(wrong.map((s) => s.file)).to.deep.equal([]);
  });
});
