/** The doctor of a calendar: says where both sides differ and, when told to, mends it under the calendar's lease. */
import { randomUUID } from 'node:crypto';
import type { Calendar, Connection } from '../domain/calendar.ts';
import type { Diagnosed, Diagnosis, Finding } from '../domain/diagnosis.ts';
import { remedyWords } from '../domain/diagnosis.ts';
import { Fault } from '../domain/fault.ts';
import { openAccount } from './accounts.ts';
import { claimPatiently } from './detach.ts';
import type { Comparison, Found } from './doctor-compare.ts';
import { compare, isHeldInMass, lookAgain } from './doctor-compare.ts';
import { repair } from './doctor-repair.ts';
import { inParallel } from './parallel.ts';
import type { Session, VisitDeps } from './session.ts';
import { makeSession } from './session.ts';
import type { Line } from './story-lines.ts';
import { append } from './tell.ts';
import { pauseOf } from './visit-faults.ts';

/**
 * Without `apply` it reads both sides, beside any visit, and writes nothing anywhere; what looks wrong is read a second time
 * before it is told. With it the lease is held, so that no visit works meanwhile, and each finding is judged once more before
 * it is mended. What comes to be owed is written by the next visit, which is asked for.
 * @throws Fault of the provider; `clash` when a visit does not end; `consent`, `throttled`: the account cannot be used now
 */
export async function examine(deps: VisitDeps, calendar: Calendar, o: { readonly apply: boolean }): Promise<Diagnosis> {
  if (calendar.state !== 'active') throw new Fault('invalid', 'the calendar is being detached');
  const connection = await usable(deps, calendar);
  return o.apply ? mend(deps, calendar, connection) : look(deps, calendar, connection);
}

async function usable(deps: VisitDeps, calendar: Calendar): Promise<Connection> {
  const connection = await deps.store.connections.get(calendar.tenantId, calendar.connectionId);
  const pause = pauseOf(connection, deps.clock.now());
  if (connection === null || pause !== null) {
    const retryAt = pause?.until ?? null;
    throw new Fault(retryAt === null ? 'consent' : 'throttled', pause?.why ?? 'the connection is gone', { retryAt });
  }
  return connection;
}

async function look(deps: VisitDeps, calendar: Calendar, connection: Connection): Promise<Diagnosis> {
  return withSession(deps, calendar, connection, async (s) => {
    const comparison = await compare(s, async () => {});
    const sure = await confirmed(s, comparison.found);
    const findings = sure.map(({ finding }): Diagnosed => {
      const isHeld = comparison.isMassChange && isHeldInMass(finding);
      return { ...finding, outcome: isHeld ? 'held' : 'planned', why: null };
    });
    return diagnosis(comparison, findings, false);
  });
}

/** A visit or a booking may be at work: what it was doing while we looked is no difference. */
async function confirmed(s: Session, found: readonly Found[]): Promise<readonly Found[]> {
  const again = new Map<Found, Found>();
  await inParallel(found, s.connector.capabilities.parallel, async (item) => {
    const second = await lookAgain(s, item);
    if (second !== null) again.set(item, second);
  });
  return found.flatMap((item) => again.get(item) ?? []);
}

function diagnosis(comparison: Comparison, findings: readonly Diagnosed[], isApplied: boolean): Diagnosis {
  const { counts, copies, links, pending, unreadable, found } = comparison;
  const all = Object.values(counts).reduce((a, b) => a + b, 0);
  return {
    isApplied,
    findings,
    counts: countsOf(comparison, findings),
    copies,
    links,
    pending,
    unreadable,
    isCut: all > found.length,
  };
}

/** What was looked at twice and was not so counts no longer; what was only counted, counts. */
function countsOf({ counts, found }: Comparison, findings: readonly Diagnosed[]): Comparison['counts'] {
  const left = { ...counts };
  for (const { finding } of found) left[finding.kind] -= 1;
  for (const { kind } of findings) left[kind] += 1;
  return left;
}

async function mend(deps: VisitDeps, calendar: Calendar, connection: Connection): Promise<Diagnosis> {
  const askedAt = deps.clock.monotonic();
  const claimed = await claimPatiently(deps, calendar, `doctor:${randomUUID()}`);
  try {
    return await withSession(deps, claimed, connection, treat, askedAt);
  } finally {
    const { id, lease } = claimed;
    await deps.store.calendars.abandon(id, lease.fence, deps.clock.now(), null);
    await deps.store.calendars.request([id]);
    deps.onRequested?.([id]);
  }
}

async function treat(s: Session): Promise<Diagnosis> {
  const comparison = await compare(s, () => s.lease.ensure());
  const findings: Diagnosed[] = [];
  for (const found of comparison.found) {
    const { finding } = found;
    if (comparison.isMassChange && isHeldInMass(finding)) {
      findings.push({ ...finding, outcome: 'held', why: null });
      continue;
    }
    const done = await repair(s, found);
    findings.push({ ...finding, outcome: done.kind, why: done.kind === 'skipped' ? done.why : null });
    if (done.kind === 'repaired') await append(s, [repairLine(s, finding)]);
  }
  return diagnosis(comparison, findings, true);
}

const repairLine = (s: Session, { kind, remedy, remoteId, eventId }: Finding): Line => ({
  tenantId: s.calendar.tenantId,
  kind: 'calendar.repaired',
  eventId,
  calendarId: s.calendar.id,
  resourceIds: [s.calendar.resourceId],
  version: null,
  text: `The doctor mended the calendar "${s.calendar.name}": ${remedyWords[remedy]}.`,
  details: { finding: kind, remedy, remoteId },
});

async function withSession(
  deps: VisitDeps,
  calendar: Calendar,
  connection: Connection,
  work: (s: Session) => Promise<Diagnosis>,
  askedAt = deps.clock.monotonic(),
): Promise<Diagnosis> {
  const connector = deps.registry.get(calendar.provider);
  if (connector === undefined) throw new Fault('invalid', `no connector speaks to "${calendar.provider}"`);
  const open = openAccount(deps, connection);
  try {
    const rest = { askedAt, isStopping: () => false };
    return await work(makeSession({ deps, calendar, connector, open, ...rest }));
  } finally {
    await open.close();
  }
}
