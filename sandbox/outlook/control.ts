/** Control verbs for mailboxes, calendars, tokens and consent. */
import { z } from 'zod';
import { Unmet, verb } from '../kit/verbs.ts';
import { askAlways } from './consent.ts';
import type { ControlDeps } from './control-deps.ts';
import { shortScope } from './grants.ts';

const email = z.string().min(3);
const nothing = z.strictObject({});
export const usualTenant = '7f4a1c9e-0b1d-4c6f-9a3e-5d2b8c7e6f10';
const usualScopes = ['offline_access', 'Calendars.ReadWrite', 'MailboxSettings.Read', 'User.Read'];

export function worldVerbs({ world, clock, chance, knobs, ...deps }: ControlDeps) {
  return {
    reset: verb(
      'Empties everything: mailboxes, tokens, subscriptions, faults, records. `seed` fixes chance.',
      z.strictObject({ seed: z.number().int().default(1) }),
      ({ seed }) => {
        world.clear();
        deps.grants.reset(deps.clients);
        deps.consent.rule = askAlways;
        deps.troubles.length = 0;
        const { subscriptions, deliveries, faults, journal, delta, lanes } = deps;
        for (const part of [subscriptions, deliveries, faults, journal, delta, lanes]) part.clear();
        clock.reset();
        chance.seed(seed);
        Object.assign(knobs, { latencyMs: 0, pageCap: null, repeats: 'existing' });
        return {};
      },
    ),
    account: verb(
      'Adds a mailbox with its default calendar. `personal` makes it one of outlook.com.',
      z.strictObject({
        email,
        name: z.string().default(''),
        timeZone: z.string().default('Europe/Berlin'),
        tenantId: z.string().default(usualTenant),
        personal: z.boolean().default(false),
      }),
      ({ email: address, name, timeZone, tenantId, personal }) => {
        const own = { email: address, name: name === '' ? address : name, zone: timeZone, tenantId };
        const mailbox = world.addMailbox({ ...own, isPersonal: personal });
        return { calendarId: [...mailbox.calendars.keys()][0]!, tenantId };
      },
    ),
    accounts: verb('Lists mailboxes and their calendars.', nothing, () => ({
      accounts: [...world.mailboxes.values()].map((mailbox) => ({
        ...{ email: mailbox.email, name: mailbox.name, timeZone: mailbox.zone, tenantId: mailbox.tenantId },
        calendars: [...mailbox.calendars.values()].map(({ calendarId, isDefault, canEdit }) => ({
          id: calendarId,
          name: world.calendars.get(calendarId)?.name ?? '',
          role: canEdit ? 'writer' : 'reader',
          isPrimary: isDefault,
          timeZone: mailbox.zone,
        })),
      })),
    })),
    calendar: verb(
      'Adds a second calendar to a mailbox.',
      z.strictObject({ owner: email, name: z.string(), id: z.string().optional() }),
      ({ owner, name, id }) => ({ calendarId: world.addCalendar({ owner, name, id }).id }),
    ),
    share: verb(
      'Puts a calendar on the list of another mailbox; `role` `none` takes it away.',
      z.strictObject({
        calendarId: z.string(),
        account: email,
        role: z.enum(['none', 'reader', 'writer']),
        seesPrivate: z.boolean().default(false),
      }),
      ({ calendarId, account, role, seesPrivate }) => {
        const given = { canEdit: role === 'writer', canViewPrivate: seesPrivate };
        world.share(calendarId, account, role === 'none' ? null : given);
        return {};
      },
    ),
    changeCalendar: verb(
      'Renames a calendar.',
      z.strictObject({ calendarId: z.string(), name: z.string() }),
      ({ calendarId, name }) => {
        const calendar = world.calendars.get(calendarId);
        if (calendar === undefined) throw new Unmet(`there is no calendar ${calendarId}`);
        calendar.name = name;
        return {};
      },
    ),
    removeCalendar: verb('Deletes a calendar.', z.strictObject({ calendarId: z.string() }), ({ calendarId }) => {
      world.removeCalendar(calendarId);
      return {};
    }),
    mailboxZone: verb(
      'What the settings of a mailbox say about its time zone; any text, also one that no table knows.',
      z.strictObject({ account: email, name: z.string() }),
      ({ account, name }) => {
        world.mailboxOf(account).zoneName = name;
        return {};
      },
    ),
    clock: verb(
      "Moves the simulator's clock ahead: tokens and subscriptions run out.",
      z.strictObject({ advanceSeconds: z.number().min(0).default(0) }),
      ({ advanceSeconds }) => {
        clock.advance(advanceSeconds * 1000);
        return { now: new Date(clock.now()).toISOString() };
      },
    ),
    mails: verb('Lists the mails that Exchange would have sent to attendees.', nothing, () => ({
      mails: [...world.mails],
    })),
  };
}

export function grantVerbs({ world, grants, consent, troubles, subscriptions }: ControlDeps) {
  const account = z.strictObject({ account: email.optional() });
  const known = (who: string): string => world.mailboxOf(who).email;
  const meant = (who: string | undefined): string | null => (who === undefined ? null : known(who));
  return {
    client: verb(
      'Registers an application; without `redirectUris` every address is allowed.',
      z.strictObject({ id: z.string().min(1), secret: z.string(), redirectUris: z.array(z.string()).optional() }),
      ({ id, secret, redirectUris }) => {
        grants.clients.set(id, { id, secret, redirectUris: redirectUris ?? null });
        return {};
      },
    ),
    consent: verb(
      'How the sign-in page behaves: `ask` a person, or `grant` or `refuse` at once (302).',
      z.strictObject({
        mode: z.enum(['ask', 'grant', 'refuse']),
        account: email.optional(),
        /** Grant only these of the permissions that are asked for. */
        scopes: z.array(z.string()).optional(),
      }),
      ({ mode, account: who, scopes }) => {
        consent.rule = { mode, account: who ?? null, scopes: scopes?.map(shortScope) ?? null };
        return {};
      },
    ),
    tokens: verb(
      'Hands out tokens of a mailbox without any page. `canAnswer`: as if the client had declared `cp1`.',
      z.strictObject({
        account: email,
        scopes: z.array(z.string()).default(usualScopes),
        clientId: z.string().default('sandbox-client'),
        canAnswer: z.boolean().default(false),
      }),
      ({ account: who, scopes, clientId, canAnswer }) => {
        if (!grants.clients.has(clientId)) throw new Unmet(`there is no client ${clientId}`);
        const grant = { email: known(who), clientId, scopes: scopes.map(shortScope), tenantId: null };
        const refreshToken = grants.newRefresh(grant);
        return {
          accessToken: grants.newAccess(grant, canAnswer),
          refreshToken,
          expiresInSeconds: grants.accessSeconds,
        };
      },
    ),
    killTokens: verb(
      'Revokes every grant of one mailbox or of all: 401 for access tokens, invalid_grant for refresh tokens; subscriptions end.',
      account,
      ({ account: who }) => {
        subscriptions.silence(({ mailbox }) => who === undefined || mailbox === known(who));
        return { killed: grants.revoke(meant(who)) };
      },
    ),
    expireAccess: verb(
      'Lets access tokens of one mailbox or of all end now; refresh tokens live on.',
      account,
      ({ account: who }) => ({ expired: grants.expireAccess(meant(who)) }),
    ),
    accessLife: verb(
      'How long new access tokens live (Microsoft: about an hour).',
      z.strictObject({ seconds: z.number().int().min(1).max(86_400) }),
      ({ seconds }) => {
        grants.accessSeconds = seconds;
        return {};
      },
    ),
    rotation: verb(
      '`once`: a refresh token that was used is refused afterwards; `lenient`: it goes on.',
      z.strictObject({ mode: z.enum(['once', 'lenient']) }),
      ({ mode }) => {
        grants.rotation = mode;
        return {};
      },
    ),
    challenge: verb(
      'Graph demands claims of the tokens that a mailbox has now: 401. `interactive`: only a new sign-in helps. `all`: also clients that never declared `cp1` are told.',
      z.strictObject({ account: email, interactive: z.boolean().default(false), all: z.boolean().default(false) }),
      ({ account: who, interactive, all }) => ({
        claims: grants.demand(known(who), { isInteractive: interactive, isForAll: all }).claims,
      }),
    ),
    loginTrouble: verb(
      'The next answers of the token endpoint are this error, such as `invalid_grant`, `interaction_required`, `temporarily_unavailable`.',
      z.strictObject({
        error: z.string(),
        account: email.optional(),
        times: z.number().int().min(1).optional(),
      }),
      ({ error, account: who, times }) => {
        troubles.push({ error, email: meant(who), left: times ?? null });
        return {};
      },
    ),
    clearLoginTroubles: verb('Tokens are given again.', nothing, () => {
      troubles.length = 0;
      return {};
    }),
    application: verb(
      'What applications may do by themselves: their roles, and the mailboxes that they reach (left out: all of the tenant).',
      z.strictObject({ roles: z.array(z.string()).optional(), mailboxes: z.array(email).optional() }),
      ({ roles, mailboxes }) => {
        if (roles !== undefined) grants.appRoles = roles.map(shortScope);
        grants.appMailboxes = mailboxes?.map(known) ?? null;
        return {};
      },
    ),
  };
}
