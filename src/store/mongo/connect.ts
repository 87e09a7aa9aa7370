/** The store on MongoDB: one connection of its own, its indexes, and the database's clock. */

import mongoose from 'mongoose';
import type { Clock, Log } from '../../domain/ports.ts';
import type { Store } from '../store.ts';
import { calendarCollection, mongoCalendars, unasked } from './calendars.ts';
import { conflictCollection, holdCollection, mongoConflicts, mongoHolds } from './cases.ts';
import { consentCollection, mongoConsents } from './consents.ts';
import { databaseClock } from './database-clock.ts';
import { deliveryCollection, mongoDeliveries } from './deliveries.ts';
import { eventCollection } from './event-document.ts';
import { mongoEvents } from './events.ts';
import { asFault, guarded } from './faults.ts';
import { feedCollection, mongoFeeds } from './feeds.ts';
import { answerCollection, dropOtherAge, journalCollection, mongoIdempotency, mongoJournal } from './journal.ts';
import { mongoNotices, noticeCollection, noticeSettingsCollection, optOutCollection } from './notices.ts';
import { mongoOffers, offerCollection } from './offers.ts';
import { connectionCollection, mongoConnections, mongoResources, resourceCollection } from './records.ts';
import { sheetCollection } from './sheet-document.ts';
import { mongoSheets } from './sheets.ts';
import { keyCollection, mongoTenants, tenantCollection } from './tenants.ts';
import { mongoWebhooks, webhookCollection } from './webhooks.ts';

/** How long a command looks for a server before it gives up: short, since callers retry and people wait. */
const serverSelectionMs = 5_000;
/** Settings for which an operator's wish in the URI counts more than ours. */
const wishes = (uri: string) => ({
  ...(/[?&]serverSelectionTimeoutMS=/i.test(uri) ? {} : { serverSelectionTimeoutMS: serverSelectionMs }),
  ...(/[?&]socketTimeoutMS=/i.test(uri) ? {} : { socketTimeoutMS: 60_000 }),
});

export interface MongoOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Age at which lines of the journal end; 30 days when left out. */
  readonly keepJournalMs?: number;
}
const defaultJournalMs = 30 * 86_400_000;

/**
 * Connects, makes the indexes that are missing, and answers when the database has told its time.
 * @throws Fault `unavailable`: nobody there; `bug`: an index cannot be made
 */
export async function connectMongo(o: MongoOptions & { uri: string }): Promise<Store> {
  const connection = mongoose.createConnection(o.uri, {
    ...wishes(o.uri),
    writeConcern: { w: 'majority', journal: true },
    ignoreUndefined: true,
    bufferCommands: false,
    appName: 'interlock',
  });
  // Errors reach the caller of each command; without a listener they would end the process.
  connection.on('error', (error: unknown) => o.log.info('the database connection failed', { error: String(error) }));
  try {
    await connection.asPromise();
    return await openStore(connection, o);
  } catch (error) {
    await connection.close().catch(() => {});
    throw asFault(error);
  }
}

async function openStore(connection: mongoose.Connection, o: MongoOptions): Promise<Store> {
  const keepJournalMs = o.keepJournalMs ?? defaultJournalMs;
  const db = connection.getClient().db(connection.name);
  const collections = {
    events: eventCollection(connection, db),
    sheets: sheetCollection(connection, db),
    calendars: calendarCollection(connection, db),
    connections: connectionCollection(connection, db),
    consents: consentCollection(connection, db),
    resources: resourceCollection(connection, db),
    feeds: feedCollection(connection, db),
    conflicts: conflictCollection(connection, db),
    holds: holdCollection(connection, db),
    offers: offerCollection(connection, db),
    tenants: tenantCollection(connection, db),
    keys: keyCollection(connection, db),
    notices: noticeCollection(connection, db),
    noticeSettings: noticeSettingsCollection(connection, db),
    optOuts: optOutCollection(connection, db),
    journal: journalCollection(connection, db, keepJournalMs),
    webhooks: webhookCollection(connection, db),
    deliveries: deliveryCollection(connection, db),
    answers: answerCollection(connection, db),
  };
  await dropOtherAge(collections.journal, keepJournalMs);
  for (const { model } of Object.values(collections)) await model.createIndexes();
  const clock = await databaseClock(db, o.clock, o.log);
  const { now } = clock;
  return {
    events: guarded(mongoEvents(collections.events, (ids) => unasked(collections.calendars, ids))),
    sheets: guarded(mongoSheets(collections.sheets, o.clock, now)),
    calendars: guarded(mongoCalendars(collections.calendars, now)),
    connections: guarded(mongoConnections(collections.connections)),
    consents: guarded(mongoConsents(collections.consents, now)),
    resources: guarded(mongoResources(collections.resources)),
    feeds: guarded(mongoFeeds(collections.feeds)),
    conflicts: guarded(mongoConflicts(collections.conflicts)),
    holds: guarded(mongoHolds(collections.holds)),
    offers: guarded(mongoOffers(collections.offers)),
    tenants: guarded(mongoTenants(collections.tenants, collections.keys)),
    idempotency: guarded(mongoIdempotency(collections.answers, now)),
    notices: guarded(
      mongoNotices({
        notices: collections.notices,
        settings: collections.noticeSettings,
        optOuts: collections.optOuts,
      }),
    ),
    journal: guarded(mongoJournal(collections.journal, now, o.log)),
    webhooks: guarded(mongoWebhooks(collections.webhooks)),
    deliveries: guarded(mongoDeliveries(collections.deliveries)),
    now,
    async ping() {
      await db.command({ ping: 1 }).catch((error: unknown) => {
        throw asFault(error);
      });
    },
    async close() {
      clock.stop();
      await connection.close();
    },
  };
}
