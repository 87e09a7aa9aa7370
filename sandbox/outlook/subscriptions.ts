/** Subscriptions: proven while they are made, told of every change, at times lost, and ended when nobody renews them. */
import { randomUUID } from 'node:crypto';
import type { Deliveries } from '../kit/deliveries.ts';
import type { JsonObject } from '../kit/json.ts';
import { compact, textAt } from '../kit/json.ts';
import { idOf } from './ids.ts';
import type { Mailbox } from './model.ts';
import { breach, Refusal } from './refusal.ts';
import { etagOf } from './render.ts';
import { itemIn } from './series.ts';
import { wishOf } from './subscription-wish.ts';
import { proveAddress } from './validation.ts';
import type { ChangeType, World, WorldChange } from './world.ts';

export interface Subscription {
  readonly id: string;
  readonly resource: string;
  /** Null: those of the mailbox's default calendar, or of all, as the knob says. */
  readonly calendarId: string | null;
  readonly mailbox: string;
  readonly changeTypes: readonly string[];
  readonly notificationUrl: string;
  readonly lifecycleUrl: string | null;
  readonly clientState: string | null;
  readonly applicationId: string;
  readonly isImmutable: boolean;
  endsAt: number;
  /** Waits for a reauthorisation: what changes meanwhile is told afterwards. */
  isPaused: boolean;
}
export interface SubscriptionKnobs {
  /** Longest life in minutes; older pages of Microsoft say 4230. */
  mostMinutes: number;
  /** Plain http addresses are refused, as Graph does. */
  httpsOnly: boolean;
  /** A new event is told as created and as updated. */
  fanOut: boolean;
  /** Notifications to one address are gathered for so long and sent as one; 0: each by itself. */
  batchMs: number;
  /** What `/me/events` means: only the default calendar, as users see it, or all of the mailbox, as it is written. */
  mailboxEvents: 'default' | 'all';
  /** The mailbox can have no subscriptions at all, as some hybrid ones. */
  refuse: boolean;
}
export const calmSubscriptions: Readonly<SubscriptionKnobs> = {
  ...{ mostMinutes: 10_080, httpsOnly: false, fanOut: true, batchMs: 0, mailboxEvents: 'default', refuse: false },
};
export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

export interface Subscriber {
  readonly mailbox: Mailbox;
  readonly appId: string;
  /** Speaks for itself and not for a person. */
  readonly isApp: boolean;
  readonly isImmutable: boolean;
}
export interface Subscriptions {
  readonly knobs: SubscriptionKnobs;
  /** @throws Refusal when the addresses do not prove themselves, 409 for a second one to the same */
  create(by: Subscriber, body: JsonObject): Promise<JsonObject>;
  get(by: Subscriber, id: string): JsonObject;
  list(by: Subscriber): readonly JsonObject[];
  renew(by: Subscriber, id: string, body: JsonObject): JsonObject;
  reauthorize(by: Subscriber, id: string): void;
  remove(by: Subscriber, id: string): void;
  /** Those that still run. */
  living(): readonly Subscription[];
  /** Ends some without telling anybody. @returns how many */
  silence(meant: (subscription: Subscription) => boolean): number;
  lifecycle(subscription: Subscription, event: LifecycleEvent): void;
  clear(): void;
}

const leastMs = 45 * 60_000;

export function subscriptionDesk({ world, deliveries }: { world: World; deliveries: Deliveries }): Subscriptions {
  const { clock } = world;
  const all = new Map<string, Subscription>();
  const waiting = new Map<string, JsonObject[]>();
  const owed = new Map<string, JsonObject[]>();
  const timers = new Set<NodeJS.Timeout>();
  const knobs: SubscriptionKnobs = { ...calmSubscriptions };

  function living(): Subscription[] {
    for (const [id, { endsAt }] of all) if (endsAt <= clock.now()) all.delete(id);
    return [...all.values()];
  }
  function ofHis(by: Subscriber, id: string): Subscription {
    const found = living().find((entry) => entry.id === id);
    if (found === undefined || found.mailbox !== by.mailbox.email) {
      throw new Refusal(404, 'ResourceNotFound', 'The object was not found.');
    }
    return found;
  }

  function post(to: string, notes: readonly JsonObject[], about: string): void {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    deliveries.send({ to, headers, body: JSON.stringify({ value: notes }), about });
  }
  function enqueue(subscription: Subscription, note: JsonObject): void {
    const { notificationUrl: to, id } = subscription;
    if (subscription.isPaused) {
      owed.set(id, [...(owed.get(id) ?? []), note]);
      return;
    }
    if (knobs.batchMs === 0) {
      post(to, [note], `${String(note.changeType)} ${id}`);
      return;
    }
    const queue = waiting.get(to);
    if (queue !== undefined) {
      queue.push(note);
      return;
    }
    waiting.set(to, [note]);
    const timer = setTimeout(() => {
      timers.delete(timer);
      const notes = waiting.get(to) ?? [];
      waiting.delete(to);
      post(to, notes, `batch of ${notes.length}`);
    }, knobs.batchMs);
    timers.add(timer);
  }
  function resume(subscription: Subscription): void {
    subscription.isPaused = false;
    for (const note of owed.get(subscription.id) ?? []) enqueue(subscription, note);
    owed.delete(subscription.id);
  }

  function noteOf(subscription: Subscription, change: WorldChange & { kind: 'events' }, type: ChangeType): JsonObject {
    const { calendar, key } = change;
    const mailbox = world.mailboxOf(subscription.mailbox);
    const id = idOf(calendar.id, key, subscription.isImmutable);
    const path = `Users/${mailbox.userId}/Events/${id}`;
    const item = itemIn(calendar, key);
    const etag = item === null ? {} : { '@odata.etag': etagOf(item) };
    const resourceData = { '@odata.type': '#Microsoft.Graph.Event', '@odata.id': path, ...etag, id };
    return { ...headOf(subscription, mailbox), changeType: type, resource: path, resourceData };
  }

  function concerns(subscription: Subscription, calendarId: string): boolean {
    if (subscription.calendarId !== null) return subscription.calendarId === calendarId;
    const listed = world.mailboxOf(subscription.mailbox).calendars.get(calendarId);
    return listed !== undefined && (knobs.mailboxEvents === 'all' || listed.isDefault);
  }

  world.onChange((change) => {
    if (change.kind !== 'events') return;
    const types: readonly ChangeType[] =
      change.type === 'created' && knobs.fanOut ? ['created', 'updated'] : [change.type];
    for (const subscription of living().filter((entry) => concerns(entry, change.calendar.id))) {
      for (const type of types.filter((name) => subscription.changeTypes.includes(name))) {
        enqueue(subscription, noteOf(subscription, change, type));
      }
    }
  });

  function endOf(body: JsonObject): number {
    const text = textAt(body, 'expirationDateTime') ?? '';
    const at = Date.parse(text);
    const now = clock.now();
    if (!/Z$|[+-]\d\d:\d\d$/.test(text) || Number.isNaN(at))
      throw breach('ValidationError', 'expirationDateTime is required, with an offset.');
    if (at <= now) throw breach('ValidationError', 'Subscription expiration must be in the future.');
    if (at > now + knobs.mostMinutes * 60_000) {
      throw breach('ExtensionError', `Subscription expiration can only be ${knobs.mostMinutes} minutes in the future.`);
    }
    return Math.max(at, now + leastMs);
  }

  return {
    knobs,
    living,
    async create(by, body) {
      const wish = { ...wishOf(world, by, body, knobs.httpsOnly), endsAt: endOf(body) };
      if (knobs.refuse)
        throw new Refusal(503, 'ExtensionError', 'Operation: Create; Exception: [Status Code: ServiceUnavailable]');
      const same = (entry: Subscription): boolean =>
        entry.mailbox === wish.mailbox &&
        entry.applicationId === wish.applicationId &&
        entry.calendarId === wish.calendarId &&
        entry.changeTypes.join() === wish.changeTypes.join();
      const refuseTwin = (): void => {
        const twin = living().find(same);
        if (twin === undefined) return;
        throw new Refusal(
          409,
          'ExtensionError',
          `Subscription Id ${twin.id} already exists for the requested combination`,
        );
      };
      refuseTwin();
      const id = randomUUID();
      await proveAddress(wish.notificationUrl, id);
      if (wish.lifecycleUrl !== null) await proveAddress(wish.lifecycleUrl, id);
      refuseTwin();
      const made: Subscription = { ...wish, id, isPaused: false };
      all.set(id, made);
      return subscriptionJson(made, by.mailbox);
    },
    get: (by, id) => subscriptionJson(ofHis(by, id), by.mailbox),
    list: (by) =>
      living()
        .filter(
          ({ mailbox, applicationId }) => applicationId === by.appId && (by.isApp || mailbox === by.mailbox.email),
        )
        .map((entry) => subscriptionJson(entry, world.mailboxOf(entry.mailbox))),
    renew(by, id, body) {
      const found = ofHis(by, id);
      found.endsAt = endOf(body);
      resume(found);
      return subscriptionJson(found, by.mailbox);
    },
    reauthorize: (by, id) => resume(ofHis(by, id)),
    remove: (by, id) => void all.delete(ofHis(by, id).id),
    silence(meant) {
      const gone = living().filter(meant);
      for (const { id } of gone) all.delete(id);
      return gone.length;
    },
    lifecycle(subscription, event) {
      const mailbox = world.mailboxOf(subscription.mailbox);
      if (event === 'reauthorizationRequired') subscription.isPaused = true;
      if (event === 'subscriptionRemoved') all.delete(subscription.id);
      if (subscription.lifecycleUrl === null) return;
      const note = { ...headOf(subscription, mailbox), lifecycleEvent: event, resource: subscription.resource };
      post(subscription.lifecycleUrl, [note], `${event} ${subscription.id}`);
    },
    clear() {
      for (const map of [all, waiting, owed]) map.clear();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      Object.assign(knobs, calmSubscriptions);
    },
  };
}

const headOf = ({ id, clientState, endsAt }: Subscription, { tenantId }: Mailbox): JsonObject =>
  compact({
    subscriptionId: id,
    subscriptionExpirationDateTime: new Date(endsAt).toISOString(),
    clientState: clientState ?? undefined,
    tenantId,
  });

const subscriptionJson = (entry: Subscription, mailbox: Mailbox): JsonObject => ({
  ...{ id: entry.id, resource: entry.resource, applicationId: entry.applicationId, clientState: null },
  ...{ changeType: entry.changeTypes.join(','), notificationUrl: entry.notificationUrl, creatorId: mailbox.userId },
  ...{ lifecycleNotificationUrl: entry.lifecycleUrl, expirationDateTime: new Date(entry.endsAt).toISOString() },
});
