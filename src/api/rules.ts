/** The rules of a tenant, and how they reach its calendars: written down first, then brought to each, by a sweep at the latest. */
import { defaultRules } from '../../config/defaults.ts';
import { copyFormOf } from '../../mappings/job-template.ts';
import type { Calendar } from '../domain/calendar.ts';
import { sameValue } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { TenantId } from '../domain/ids.ts';
import type { CopyForm } from '../domain/job-words.ts';
import type { OwnRules, Rules } from '../domain/rules.ts';
import { layered } from '../domain/rules.ts';
import type { TenantRules } from '../domain/tenant.ts';
import type { Store } from '../store/store.ts';
import { every } from './every.ts';
import type { AppParts } from './parts.ts';

export type RulesParts = Pick<AppParts, 'store' | 'nudge' | 'log' | 'followSettings'>;

const mostTries = 5;

export async function tenantRules(
  store: Store,
  tenantId: TenantId,
): Promise<{ readonly own: TenantRules; readonly rules: Rules }> {
  const own = await store.tenants.rules(tenantId);
  return { own, rules: layered(defaultRules, own.own) };
}

/** What a calendar of this provider follows, with its own rules over the tenant's. */
export function settingsUnder(
  below: Rules,
  own: OwnRules,
  provider: string,
): Pick<Calendar, 'policy' | 'busyRules'> & { readonly copies: CopyForm | null } {
  const { policy, busyRules, copies } = layered(below, own);
  return { policy, busyRules, copies: copyFormOf(provider, copies) };
}

/** The calendar with what the tenant says now under its own rules; saved where that is something else than it has. */
export async function alignCalendar(store: Store, calendar: Calendar): Promise<Calendar> {
  let current: Calendar | null = calendar;
  for (let tries = 0; tries < mostTries && current !== null; tries += 1) {
    const { rules } = await tenantRules(store, current.tenantId);
    const counts = settingsUnder(rules, current.ownRules, current.provider);
    const { policy, busyRules, copies = null } = current;
    if (sameValue(counts, { policy, busyRules, copies })) return current;
    const next: Calendar = { ...current, ...counts, version: current.version + 1 };
    if (await store.calendars.saveSettings(current.id, current.version, next)) return next;
    current = await store.calendars.get(current.tenantId, current.id);
  }
  if (current === null) return calendar;
  throw new Fault('clash', 'the calendar is being changed by others');
}

/** Events and rows follow at once; the next visit makes it certain. */
export async function followNow(parts: RulesParts, calendar: Calendar): Promise<void> {
  await parts.followSettings(calendar);
  await parts.store.calendars.request([calendar.id]);
  parts.nudge.nudge(calendar.id);
}

/** Brings the tenant's rules to all its calendars. May run twice. */
export async function spreadRules(parts: RulesParts, tenantId: TenantId): Promise<void> {
  const { calendars, tenants } = parts.store;
  const { version } = await tenants.rules(tenantId);
  for await (const calendar of every((q) => calendars.list(tenantId, { ...q, connectionId: null }))) {
    const aligned = await alignCalendar(parts.store, calendar);
    if (aligned.version !== calendar.version) await followNow(parts, aligned);
  }
  await tenants.markRulesApplied(tenantId, version);
}

const perSweep = 100;

/** What a process that died in `spreadRules` left. */
export async function spreadOwedRules(parts: RulesParts): Promise<void> {
  for (const tenantId of await parts.store.tenants.rulesOwed(perSweep)) {
    try {
      await spreadRules(parts, tenantId);
    } catch (error) {
      parts.log.error('the rules of a tenant could not be brought to its calendars', {
        tenantId,
        reason: String(error),
      });
    }
  }
}
