/**
 * The safeguards of the engine, each with the edit that switches it off: `npm run mutate` makes the edit in a copy of the
 * tree and expects the suite to fail. The ordinary suite checks that each text is still there, exactly once.
 */

export interface Mutation {
  readonly name: string;
  /** What goes wrong without it. */
  readonly without: string;
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** Suites beside the random histories that should notice. */
  readonly suites: readonly string[];
}

/** Quick ones first: the first that notices ends the search. */
const engine = [
  ...[
    'absorb',
    'planners',
    'merge',
    'push',
    'journeys',
    'cursor',
    'lease',
    'stale',
    'unread',
    'faults',
    'mass-change',
    'crash',
  ].map((name) => `test/sync/${name}.test.ts`),
  ...['sync-cases', 'fence', 'listings'].map((name) => `test/property/${name}.test.ts`),
];
const desk = [
  'test/store/memory.test.ts',
  'test/store/rules.test.ts',
  'test/scheduling/holds.test.ts',
  'test/property/booking-race.test.ts',
];
const mongo = ['test/property/booking-mongo.test.ts', 'test/store/mongo.test.ts'];
const edit = (file: string, from: string, to: string) => ({ file: `src/${file}`, from, to });

const visits: readonly Mutation[] = [
  {
    name: 'fence',
    without: 'a visitor whose lease passed on writes over what a later one saw',
    suites: engine,
    edits: [
      edit('sync/absorb.ts', "if (link !== null && link.fence > g.fence) return plan('fenced');", ''),
      edit(
        'sync/push.ts',
        'if (link === null || !owes(event, link)) continue;\n    if (link.fence > g.fence) throw new LeaseLost();',
        'if (link === null || !owes(event, link)) continue;',
      ),
      edit(
        'sync/push-answers.ts',
        'if (current === null || link === null) return;\n    if (link.fence > g.fence) throw new LeaseLost();',
        'if (current === null || link === null) return;',
      ),
      edit(
        'sync/receipt.ts',
        'if (link === null || link.fence > g.fence) return null;',
        'if (link === null) return null;',
      ),
    ],
  },
  {
    name: 'lease given up in time',
    without: 'a visitor goes on writing after its lease may have passed on',
    suites: engine,
    edits: [edit('sync/lease.ts', 'if (used() >= 0.8) throw new LeaseLost();', '')],
  },
  {
    name: 'births of late visitors',
    without: 'an event that was deleted meanwhile is born and stays',
    suites: engine,
    edits: [
      edit(
        'sync/late-births.ts',
        'if (born.length === 0 || (await s.lease.isHeld())) return;',
        'if (born.length >= 0) return;',
      ),
    ],
  },
  {
    name: 'cursor last',
    without: 'a crash loses the changes between cursor and work',
    suites: engine,
    edits: [
      edit(
        'sync/pull.ts',
        '    await absorbPage(s, page.mode ===',
        '    if (page.next !== null) await saveCursor(s, page.next, from);\n    await absorbPage(s, page.mode ===',
      ),
    ],
  },
  {
    name: 'no place after a listing that missed something',
    without: 'what else it did not show is never seen',
    suites: engine,
    edits: [edit('sync/pull.ts', "if (end === 'whole') await saveCursor", 'await saveCursor')],
  },
  {
    name: 'listing again when the window moved',
    without: 'events that lay behind the window never come in',
    suites: engine,
    edits: [
      edit(
        'sync/window.ts',
        'return window.end - cursor.window.end > relistMs - partition * spreadMs;',
        'return false;',
      ),
    ],
  },
  {
    name: 'bare tombstone',
    without: 'a late visitor revives what was deleted before anybody saw it',
    suites: engine,
    edits: [
      edit(
        'sync/absorb.ts',
        "const isNews = input.mode === 'delta' && g.calendar.role !== 'write';",
        'const isNews = false;',
      ),
    ],
  },
  {
    name: 'absence guard',
    without: 'an empty or shrunken listing deletes a calendar',
    suites: engine,
    edits: [edit('sync/absence.ts', 'if (!(isMass || isEmptied))', 'if (isMass || isEmptied || !isMass)')],
  },
  {
    name: 'mass-change alarm of a feed',
    without: 'a feed of removals deletes a calendar',
    suites: engine,
    edits: [
      edit(
        'sync/pull.ts',
        "if (mode === 'delta' && removals.length + moves.length <= mostRemovals)",
        "if (mode === 'delta')",
      ),
    ],
  },
  {
    name: 'reading singly before removing',
    without: 'an event that left the window, or was not listed, is deleted',
    suites: engine,
    edits: [
      edit(
        'sync/pull.ts',
        'const change = await readSingly(s, row.remoteId);',
        "const change: Awaited<ReturnType<typeof readSingly>> = { kind: 'remove', remoteId: row.remoteId };",
      ),
    ],
  },
];

const merging: readonly Mutation[] = [
  {
    name: 'two-sided base',
    without: "a provider's rewording is taken for an edit",
    suites: engine,
    edits: [
      edit(
        'sync/merge.ts',
        'const haveTheyChanged = !sameUnit(unit, sides.theirs, sides.baseRemote);',
        'const haveTheyChanged = !sameUnit(unit, sides.theirs, sides.baseLocal);',
      ),
    ],
  },
  {
    name: 'echo recognition',
    without: 'every write of ours comes back as a change',
    suites: engine,
    edits: [edit('sync/absorb.ts', "if (remote.stamp === link.stamp && isAsKnown) return plan('echo');", '')],
  },
  {
    name: 'content behind an equal stamp',
    without: 'a server that forgets to renew its stamp hides an edit',
    suites: [...engine, 'test/property/liar.test.ts'],
    edits: [
      edit('sync/absorb.ts', 'if (remote.stamp === link.stamp && isAsKnown)', 'if (remote.stamp === link.stamp)'),
    ],
  },
  {
    name: 'time that changed under a write of ours',
    without: 'a move that the precondition failed to catch is never taken in',
    suites: ['test/property/liar.test.ts'],
    edits: [edit('sync/receipt.ts', 'if (!isUnseen) return', 'if (!isUnseen || isUnseen) return')],
  },
  {
    name: 'landed recognition',
    without: 'a write whose answer was lost is taken for an edit of theirs',
    suites: engine,
    edits: [
      edit(
        'sync/absorb.ts',
        'if (isPut && hasLanded(g, event, link, remote)) return land(g, event, link, remote);',
        '',
      ),
    ],
  },
  {
    name: '`sent` kept on exists',
    without: 'an edit on a copy whose create was repeated is overwritten',
    suites: engine,
    edits: [
      edit(
        'sync/absorb.ts',
        "    link.sent?.kind === 'put'\n      ? land(",
        "    link.sent?.kind === 'nothing'\n      ? land(",
      ),
    ],
  },
  {
    name: 'voided `sent` dropped',
    without: 'a write that found its precondition broken is repeated over the edit that broke it',
    suites: engine,
    edits: [
      edit('sync/absorb.ts', 'const sent = isLeaving(event, link) ? link.sent : null;', 'const { sent } = link;'),
    ],
  },
  {
    name: 'pending removal never lands by an upsert',
    without: 'a removal that never happened counts as done',
    suites: engine,
    edits: [edit('sync/absorb.ts', "const isPut = link.sent?.kind === 'put';", 'const isPut = link.sent !== null;')],
  },
  {
    name: 'mark of a duplicate proves nothing',
    without: "a user's copy of our copy is mixed up with it",
    suites: engine,
    edits: [
      edit(
        'sync/absorb.ts',
        'if (link.remoteId !== null || remote === null) return null;',
        'if (remote === null) return null;',
      ),
    ],
  },
  {
    name: 'disputed units held',
    without: 'what a person must decide is decided by the next change',
    suites: engine,
    edits: [edit('sync/merge.ts', "if (rules.disputed.includes(unit)) return 'held';", '')],
  },
  {
    name: 'loop breaker',
    without: 'two programs answer each other for ever',
    suites: engine,
    edits: [edit('sync/converge.ts', 'if (turns <= 2 * mostRounds) {', 'if (turns >= 0) {')],
  },
  {
    name: 'private events without words',
    without: 'private titles are stored and mirrored',
    suites: engine,
    edits: [edit('sync/view.ts', "|| (isHome && fields.privacy === 'private')) return", ') return')],
  },
];

const writing: readonly Mutation[] = [
  {
    name: 'write-ahead',
    without: 'a write whose answer was lost is not recognised',
    suites: engine,
    edits: [
      edit(
        'sync/push.ts',
        '  const toSave = jobs.filter((job) => !isDown(job));',
        '  if (jobs.length >= 0) return jobs;\n  const toSave = jobs.filter((job) => !isDown(job));',
      ),
    ],
  },
  {
    name: 'pending write resent as it was',
    without: 'a write that landed unseen is followed by another one, and its content is taken for an edit of theirs',
    suites: engine,
    edits: [
      edit(
        'sync/owe.ts',
        'if (link.sent !== null)\n',
        'if (link.sent !== null && link.sent.version === event.version && link.sent.version === 0)\n',
      ),
    ],
  },
  {
    name: 'reading that is due comes before writing',
    without: 'a hint waits behind bookings until the poll',
    suites: engine,
    edits: [edit('sync/unread.ts', "aim === 'read' || calendar.readDueAt <= deps.store.now()", 'false')],
  },
  {
    name: 'no unread write without a precondition',
    without: 'an edit that nobody read is written over where the server enforces nothing',
    suites: engine,
    edits: [edit('sync/unread.ts', "guard.update === 'enforced' && guard.remove === 'enforced'", 'true')],
  },
  {
    name: 'reading after an unread write met something new',
    without: 'what else is new stays unread until the hint or the poll',
    suites: engine,
    edits: [edit('sync/push.ts', "feed === 'unread' && results.isSurprised", 'false')],
  },
  {
    name: 'reading soon after an unread write',
    without: 'where the hint is lost, no look at the calendar follows a booking until the poll',
    suites: engine,
    edits: [edit('sync/unread.ts', 'if (!s.hasWrittenUnread) return restsUntil;', 'return restsUntil;')],
  },
  {
    name: 'stale re-read',
    without: 'a refused precondition is not looked into',
    suites: engine,
    edits: [edit('sync/push-write.ts', "    case 'stale':\n      results.toRead.push(job);\n", "    case 'stale':\n")],
  },
  {
    name: 'next generation for a burnt id',
    without: 'a copy whose id is burnt is never written',
    suites: engine,
    edits: [edit('sync/receipt.ts', 'const generation = link.generation + 1;', 'const { generation } = link;')],
  },
];

const time: readonly Mutation[] = [
  {
    name: 'cover before uncover',
    without: 'a moved event stands on no sheet while it is saved',
    suites: engine,
    edits: [edit('sync/save.ts', 'if (cover.length > 0) await sheets.putMany(s.calendar.tenantId, cover);', '')],
  },
  {
    name: 'sheet debt',
    without: 'a crash between event and rows leaves rows wrong for ever',
    suites: engine,
    edits: [
      edit(
        'sync/save.ts',
        'const isOwing = hadDebt || settle.length > 0 || news.length > 0;',
        'const isOwing = false;',
      ),
    ],
  },
  {
    name: 'cover taken back',
    without: 'rows of a plan that was not saved stay',
    suites: engine,
    edits: [edit('sync/save.ts', "    steps.filter((_, i) => !isSaved[i]),\n    'cover',", "    [],\n    'cover',")],
  },
  {
    name: 'overlaps told',
    without: 'two events hold one time and nobody knows',
    suites: engine,
    edits: [
      edit(
        'sync/save.ts',
        'const overlapping = await open(s, await settleAll(s, kept));',
        'const overlapping = await open(s, (await settleAll(s, kept)).slice(0, 0));',
      ),
    ],
  },
  {
    name: 'late writer of rows',
    without: 'a visitor that slept clears rows of a newer state',
    suites: [...engine, ...desk],
    edits: [edit('store/rules.ts', 'if (newer.some((row) => row.firm)) return null;', '')],
  },
  {
    name: 'hold expiry at read time',
    without: 'a hold blocks until some sweep comes by',
    suites: desk,
    edits: [
      edit(
        'domain/sheet-row.ts',
        'row.firm || row.until === null || row.until > now;',
        'row.firm || row.until === null || row.until > 0 || row.until > now;',
      ),
    ],
  },
  {
    name: 'sheet compare-and-set, in memory',
    without: 'one time is promised twice',
    suites: desk,
    edits: [
      edit(
        'store/rules.ts',
        'if (by.length > 0 || row.quantity > capacity) return',
        'if (row.quantity > capacity) return',
      ),
    ],
  },
  {
    name: 'sheet compare-and-set, in MongoDB',
    without: 'one time is promised twice',
    suites: mongo,
    edits: [edit('store/mongo/sheets.ts', '$nor: [{ rows: { $elemMatch: inTheWay } }, { rows', '$nor: [{ rows')],
  },
  {
    name: 'event compare-and-set, in memory',
    without: 'the second of two savers wins',
    suites: [...engine, ...desk],
    edits: [
      edit(
        'store/memory-events.ts',
        'if (before?.event.rev !== event.rev - 1 || before.event.tenantId',
        'if (before === undefined || before.event.tenantId',
      ),
    ],
  },
  {
    name: 'rows confirmed by the rule that won them',
    without: 'time that lapsed and went to somebody else is promised twice',
    suites: ['test/scheduling/lapsed.test.ts', ...desk],
    edits: [
      edit(
        'scheduling/claims.ts',
        "    if (outcome.kind === 'taken') return outcome.by.map((by) => obstacle(resource, by));\n  }\n  return null;",
        '    if (outcome.kind === undefined) return [];\n  }\n  return null;',
      ),
    ],
  },
];

export const mutations: readonly Mutation[] = [...visits, ...merging, ...writing, ...time];
