/** Every control verb of the Google simulator. */
import { z } from 'zod';
import type { SandboxClock } from '../kit/clock.ts';
import type { Deliveries } from '../kit/deliveries.ts';
import type { Dice } from '../kit/dice.ts';
import type { Faults } from '../kit/faults.ts';
import { faultSchema } from '../kit/faults.ts';
import type { Journal } from '../kit/journal.ts';
import { Unmet, verb } from '../kit/verbs.ts';
import type { ApiKnobs } from './api.ts';
import type { ConsentDesk } from './consent.ts';
import { askAlways } from './consent.ts';
import type { Client, Grants } from './grants.ts';
import { roles } from './model.ts';
import { shortScope } from './token-endpoint.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

export interface ControlDeps {
  readonly world: World;
  readonly grants: Grants;
  readonly consent: ConsentDesk;
  readonly watch: Watch;
  readonly deliveries: Deliveries;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly clock: SandboxClock;
  readonly chance: Dice;
  readonly knobs: ApiKnobs;
  readonly clients: readonly Client[];
  readonly origin: () => string;
}

const email = z.string().min(3);
const nothing = z.strictObject({});
const usualScopes = ['calendar.events', 'calendar.calendarlist.readonly', 'calendar.freebusy'];

export function worldVerbs({ world, watch, deliveries, faults, journal, clock, chance, knobs, ...deps }: ControlDeps) {
  return {
    reset: verb(
      'Empties everything: accounts, tokens, channels, faults, records. `seed` fixes chance.',
      z.strictObject({ seed: z.number().int().default(1) }),
      ({ seed }) => {
        world.clear();
        deps.grants.reset(deps.clients);
        deps.consent.rule = askAlways;
        for (const part of [watch, deliveries, faults, journal]) part.clear();
        clock.reset();
        chance.seed(seed);
        Object.assign(knobs, { latencyMs: 0, pageCap: null });
        return {};
      },
    ),
    account: verb(
      'Adds an account with its primary calendar.',
      z.strictObject({ email, name: z.string().default(''), timeZone: z.string().default('Europe/Berlin') }),
      ({ email: address, name, timeZone }) => {
        world.addAccount({ email: address, name: name === '' ? address : name, zone: timeZone });
        return { calendarId: address };
      },
    ),
    accounts: verb('Lists accounts and their calendars.', nothing, () => ({
      accounts: [...world.accounts.values()].map((account) => ({
        email: account.email,
        name: account.name,
        timeZone: account.zone,
        calendars: [...account.list.values()]
          .filter(({ isDeleted }) => !isDeleted)
          .map(({ calendarId, role, isPrimary }) => {
            const calendar = world.calendars.get(calendarId);
            return { id: calendarId, name: calendar?.name ?? '', role, isPrimary, timeZone: calendar?.zone ?? 'UTC' };
          }),
      })),
    })),
    calendar: verb(
      'Adds a secondary calendar to an account.',
      z.strictObject({
        owner: email,
        name: z.string(),
        id: z.string().optional(),
        timeZone: z.string().default('Europe/Berlin'),
        /** False: watching it is refused, as for holidays. */
        watchable: z.boolean().default(true),
      }),
      ({ owner, name, id, timeZone, watchable }) => {
        const made = id ?? `c_${world.calendars.size}${Math.floor(chance.roll() * 1e9)}@group.calendar.google.com`;
        world.addCalendar({ id: made, name, owner, zone: timeZone, isWatchable: watchable });
        return { calendarId: made };
      },
    ),
    share: verb(
      'Gives an account a role on a calendar; `none` takes the calendar away from it.',
      z.strictObject({ calendarId: z.string(), account: email, role: z.enum(roles) }),
      ({ calendarId, account, role }) => {
        world.share(calendarId, account, role);
        return {};
      },
    ),
    changeCalendar: verb(
      'Renames a calendar or moves it to another time zone.',
      z.strictObject({ calendarId: z.string(), name: z.string().optional(), timeZone: z.string().optional() }),
      ({ calendarId, name, timeZone }) => {
        world.changeCalendar(calendarId, { name, zone: timeZone });
        return {};
      },
    ),
    expireSyncTokens: verb(
      'The next list with an old sync token gets 410 fullSyncRequired: of one calendar, of the calendar list of one account, or of all.',
      z.strictObject({ calendarId: z.string().optional(), listOf: email.optional() }),
      ({ calendarId, listOf }) => {
        const both = calendarId === undefined && listOf === undefined;
        for (const calendar of world.calendars.values()) if (both || calendar.id === calendarId) calendar.epoch += 1;
        for (const account of world.accounts.values()) if (both || account.email === listOf) account.listEpoch += 1;
        return {};
      },
    ),
    forgetDeleted: verb(
      'Old tombstones disappear from a calendar, as they do at Google.',
      z.strictObject({ calendarId: z.string() }),
      ({ calendarId }) => {
        const calendar = world.calendars.get(calendarId);
        if (calendar === undefined) throw new Unmet(`there is no calendar ${calendarId}`);
        const dead = [...calendar.events.values()].filter(({ status, of }) => status === 'cancelled' && of === null);
        for (const { id } of dead) world.forget(calendar, id);
        return { forgotten: dead.length };
      },
    ),
    clock: verb(
      "Moves the simulator's clock ahead: tokens and channels run out.",
      z.strictObject({ advanceSeconds: z.number().min(0).default(0) }),
      ({ advanceSeconds }) => {
        clock.advance(advanceSeconds * 1000);
        return { now: new Date(clock.now()).toISOString() };
      },
    ),
    mails: verb('Lists the mails that Google would have sent to guests.', nothing, () => ({ mails: [...world.mails] })),
  };
}

export function grantVerbs({ world, grants, consent, watch, origin }: ControlDeps) {
  const account = z.strictObject({ account: email.optional() });
  return {
    client: verb(
      'Registers an OAuth client; without `redirectUris` every address is allowed.',
      z.strictObject({ id: z.string().min(1), secret: z.string(), redirectUris: z.array(z.string()).optional() }),
      ({ id, secret, redirectUris }) => {
        grants.clients.set(id, { id, secret, redirectUris: redirectUris ?? null });
        return {};
      },
    ),
    consent: verb(
      'How the consent page behaves: `ask` a person, or `grant` or `refuse` at once (302).',
      z.strictObject({
        mode: z.enum(['ask', 'grant', 'refuse']),
        account: email.optional(),
        /** Grant only these of the scopes that are asked for. */
        scopes: z.array(z.string()).optional(),
      }),
      ({ mode, account: who, scopes }) => {
        consent.rule = { mode, account: who ?? null, scopes: scopes?.map(shortScope) ?? null };
        return {};
      },
    ),
    tokens: verb(
      'Hands out tokens of an account without any page.',
      z.strictObject({
        account: email,
        scopes: z.array(z.string()).default(usualScopes),
        clientId: z.string().default('sandbox-client'),
      }),
      ({ account: who, scopes, clientId }) => {
        if (!world.accounts.has(who)) throw new Unmet(`there is no account ${who}`);
        if (!grants.clients.has(clientId)) throw new Unmet(`there is no client ${clientId}`);
        const short = scopes.map(shortScope);
        const refreshToken = grants.newRefresh({ account: who, scopes: short, clientId });
        const accessToken = grants.newAccess(who, short, refreshToken);
        return { accessToken, refreshToken, expiresInSeconds: grants.accessSeconds };
      },
    ),
    killTokens: verb(
      'Revokes every grant of one account or of all: 401 for access tokens, invalid_grant for refresh tokens; channels fall silent.',
      account,
      ({ account: who }) => {
        watch.silence((channel) => who === undefined || channel.account === who);
        return { killed: grants.revokeAccount(who ?? null) };
      },
    ),
    expireAccess: verb(
      'Lets access tokens of one account or of all end now; refresh tokens live on.',
      account,
      ({ account: who }) => ({
        expired: grants.expireAccess(who ?? null),
      }),
    ),
    accessLife: verb(
      'How long new access tokens live (Google: 3599 seconds).',
      z.strictObject({ seconds: z.number().int().min(1).max(86_400) }),
      ({ seconds }) => {
        grants.accessSeconds = seconds;
        return {};
      },
    ),
    serviceAccount: verb(
      'Makes a service account and returns its key file; `delegatedScopes` lets it act for the accounts of this sandbox.',
      z.strictObject({
        email: z.string().default('robot@sandbox.iam.gserviceaccount.com'),
        delegatedScopes: z.array(z.string()).optional(),
      }),
      ({ email: address, delegatedScopes }) => {
        const made = grants.addServiceAccount(address, delegatedScopes?.map(shortScope) ?? null);
        return {
          type: 'service_account',
          project_id: 'sandbox',
          private_key_id: made.account.keyId,
          private_key: made.privateKey,
          client_email: address,
          client_id: made.account.clientId,
          token_uri: `${origin()}/token`,
        };
      },
    ),
  };
}

export function troubleVerbs({ faults, knobs, journal, deliveries, watch }: ControlDeps) {
  const chance = z.number().min(0).max(1).optional();
  return {
    fault: verb('Adds a fault: `refuse`, `lose-answer`, `lose-request` or `delay`.', faultSchema, (fault) => ({
      id: faults.add(fault),
    })),
    faults: verb('Lists the faults that still stand.', nothing, () => ({ faults: faults.list() })),
    clearFaults: verb('Removes one fault or all.', z.strictObject({ id: z.string().optional() }), ({ id }) => {
      if (id === undefined) faults.clear();
      else if (!faults.remove(id)) throw new Unmet(`there is no fault ${id}`);
      return {};
    }),
    latency: verb('Holds every answer back.', z.strictObject({ ms: z.number().min(0).max(60_000) }), ({ ms }) => {
      knobs.latencyMs = ms;
      return {};
    }),
    pageCap: verb(
      'Caps the size of every page; null lifts it.',
      z.strictObject({ size: z.number().int().min(1).nullable() }),
      ({ size }) => {
        knobs.pageCap = size;
        return {};
      },
    ),
    pushes: verb(
      'What happens to pushes: chances `drop` and `double`, `dropNext`, `delayMs`, `spreadMs` (they overtake), `hold`, `retryMs`, `httpsOnly`.',
      z.strictObject({
        ...{ drop: chance, double: chance, hold: z.boolean().optional(), httpsOnly: z.boolean().optional() },
        ...{ dropNext: z.number().int().min(0).optional(), delayMs: z.number().min(0).optional() },
        ...{ spreadMs: z.number().min(0).optional(), retryMs: z.number().min(0).optional() },
      }),
      ({ httpsOnly, ...given }) => {
        const told = Object.entries(given).filter(([, value]) => value !== undefined);
        Object.assign(deliveries.knobs, Object.fromEntries(told));
        if (httpsOnly !== undefined) watch.httpsOnly = httpsOnly;
        return { ...deliveries.knobs, httpsOnly: watch.httpsOnly };
      },
    ),
    releasePushes: verb(
      'Lets held pushes go: `kept`, `reversed` or `shuffled`.',
      z.strictObject({ order: z.enum(['kept', 'reversed', 'shuffled']).default('kept') }),
      ({ order }) => ({ released: deliveries.release(order) }),
    ),
    deliveries: verb('Lists what was pushed and what became of it.', nothing, () => ({ deliveries: deliveries.log() })),
    channels: verb('Lists the channels that run.', nothing, () => ({ channels: watch.channels() })),
    silenceChannels: verb(
      'Ends channels without telling anybody: of one calendar or all.',
      z.strictObject({ calendarId: z.string().optional() }),
      ({ calendarId }) => ({
        silenced: watch.silence(({ target }) => calendarId === undefined || target === calendarId),
      }),
    ),
    requests: verb(
      'What was asked: counts by method, and the requests themselves.',
      z.strictObject({ method: z.string().optional() }),
      ({ method }) => ({
        counts: journal.counts(),
        requests: journal.requests().filter((entry) => method === undefined || entry.method === method),
      }),
    ),
    violations: verb('What the client did that Google would refuse or ignore.', nothing, () => ({
      violations: journal.violations(),
    })),
    clearRequests: verb('Forgets requests, counts and violations.', nothing, () => {
      journal.clear();
      return {};
    }),
  };
}
