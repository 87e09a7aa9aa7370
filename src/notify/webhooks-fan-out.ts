/** Makes deliveries of what is told: the journal's lines go to every webhook that listens, before they are in the journal. */
import { messageOf } from '../../mappings/crm-webhooks.ts';
import type { Event } from '../domain/event.ts';
import type { ConflictId, EventId, TenantId, WebhookId } from '../domain/ids.ts';
import { derivedId, newId, parseId } from '../domain/ids.ts';
import type { Conflict } from '../domain/policy.ts';
import type { JournalLine } from '../domain/tenant.ts';
import type { Zone } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import { type Delivery, isWebhookEvent, type Webhook, type WebhookEvent } from '../domain/webhook.ts';
import type { Store } from '../store/store.ts';

type Line = Omit<JournalLine, 'id' | 'at'>;
type PublicLine = Line & { readonly kind: WebhookEvent };
const isPublic = (line: Line): line is PublicLine => isWebhookEvent(line.kind);

/**
 * The same store, whose journal resolves only when every listening webhook has its delivery: what stands in the journal
 * is on its way. Told again, the same happening is the same delivery. @throws Fault when deliveries cannot be stored
 */
export function telling(store: Store, nudge: (id: WebhookId) => void): Store {
  const { journal } = store;
  return {
    ...store,
    journal: {
      ...journal,
      async append(lines) {
        const told = lines.filter(isPublic);
        if (told.length > 0) await fanOut(store, told, nudge);
        await journal.append(lines);
      },
    },
  };
}

async function fanOut(store: Store, lines: readonly PublicLine[], nudge: (id: WebhookId) => void): Promise<void> {
  const hooks = await store.webhooks.listening([...new Set(lines.map((line) => line.tenantId))]);
  const wanted = lines.filter((line) => hooks.some((hook) => listens(hook, line)));
  if (wanted.length === 0) return;
  const subjects = await subjectsOf(store, wanted);
  const deliveries = wanted.flatMap((line) =>
    hooks.filter((hook) => listens(hook, line)).map((hook) => deliveryOf(store, hook, line, subjects)),
  );
  await store.deliveries.insert(deliveries);
  for (const id of new Set(deliveries.map((delivery) => delivery.webhookId))) nudge(id);
}

const listens = (hook: Webhook, line: PublicLine): boolean =>
  hook.tenantId === line.tenantId && hook.events.includes(line.kind);

interface Subjects {
  readonly events: ReadonlyMap<EventId, Event>;
  readonly conflicts: ReadonlyMap<ConflictId, Conflict>;
  readonly zones: ReadonlyMap<string, Zone>;
}

async function subjectsOf(store: Store, lines: readonly PublicLine[]): Promise<Subjects> {
  const events = new Map<EventId, Event>();
  const conflicts = new Map<ConflictId, Conflict>();
  const zones = new Map<string, Zone>();
  for (const tenantId of new Set(lines.map((line) => line.tenantId as TenantId))) {
    const mine = lines.filter((line) => line.tenantId === tenantId);
    const ids = [...new Set(mine.flatMap((line) => line.eventId ?? []))];
    const found = ids.length === 0 ? [] : await store.events.getMany(tenantId, ids);
    for (const event of found) events.set(event.id, event);
    const first = [...new Set(found.flatMap((event) => event.resources.slice(0, 1)))];
    for (const resource of first.length === 0 ? [] : await store.resources.getMany(tenantId, first)) {
      zones.set(resource.id, resource.zone);
    }
    for (const id of new Set(mine.flatMap((line) => conflictOf(line) ?? []))) {
      const conflict = await store.conflicts.get(tenantId, id);
      if (conflict !== null) conflicts.set(id, conflict);
    }
  }
  return { events, conflicts, zones };
}

function conflictOf(line: Line): ConflictId | null {
  const id = line.details?.conflictId;
  return typeof id === 'string' ? parseId('conflict', id) : null;
}

function deliveryOf(store: Store, hook: Webhook, line: PublicLine, subjects: Subjects): Delivery {
  const event = line.eventId === null ? null : (subjects.events.get(line.eventId) ?? null);
  const conflictId = conflictOf(line);
  const conflict = conflictId === null ? null : (subjects.conflicts.get(conflictId) ?? null);
  const zone = subjects.zones.get(event?.resources[0] ?? '') ?? utcZone;
  const now = store.now();
  const { lane, order, occurrence } = placeOf(line, conflict);
  return {
    id: occurrence === null ? newId('delivery') : derivedId('delivery', hook.id, line.kind, lane, occurrence),
    ...{ tenantId: hook.tenantId, webhookId: hook.id, event: line.kind, lane, order: order ?? now },
    body: messageOf(line, { event, conflict, zone }, now),
    ...{ createdAt: now, rev: 1, state: 'pending', nextAt: now, startedAt: now, tries: 0, attempts: [] },
  };
}

interface LanePlace {
  readonly lane: string;
  readonly order: number | null;
  /** Names what happened, however often it is told; null where nothing does. */
  readonly occurrence: string | null;
}
function placeOf(line: PublicLine, conflict: Conflict | null): LanePlace {
  if (conflict !== null) {
    // It may have been opened again since it was resolved.
    const resolvedAt = Number(line.details?.occurrence ?? conflict.resolvedAt);
    const at = line.kind === 'conflict.resolved' ? resolvedAt : conflict.openedAt;
    return { lane: conflict.id, order: at, occurrence: String(at) };
  }
  if (line.eventId !== null && line.version !== null) {
    return { lane: line.eventId, order: line.version, occurrence: String(line.version) };
  }
  const occurrence = line.details?.occurrence;
  return {
    lane: line.eventId ?? line.calendarId ?? line.tenantId,
    order: null,
    occurrence: typeof occurrence === 'string' ? occurrence : null,
  };
}
