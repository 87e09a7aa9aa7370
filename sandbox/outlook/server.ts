/** An Outlook of one's own: sign-in, Graph's calendars, subscriptions, faults and a phone, in memory and over plain HTTP. */
import { sandboxClock } from '../kit/clock.ts';
import { type DeliveryHabits, deliveryDesk } from '../kit/deliveries.ts';
import { dice } from '../kit/dice.ts';
import { faultDesk } from '../kit/faults.ts';
import type { Answer, Ask } from '../kit/http.ts';
import { goTo, listen } from '../kit/http.ts';
import { journal } from '../kit/journal.ts';
import { phonePage } from '../kit/phone-page.ts';
import type { Control } from '../kit/verbs.ts';
import { controlInProcess, controlOverHttp } from '../kit/verbs.ts';
import { type ApiKnobs, answerApi, recorded, strike } from './api.ts';
import { answerBatch } from './batch.ts';
import { consentDesk } from './consent.ts';
import { grantVerbs, worldVerbs } from './control.ts';
import type { ControlDeps } from './control-deps.ts';
import { deltaDesk } from './delta.ts';
import { type Client, createGrants } from './grants.ts';
import { createLanes } from './lanes.ts';
import { phoneVerbs } from './phone-verbs.ts';
import { subscriptionDesk } from './subscriptions.ts';
import { answerToken, type LoginDesk, type Trouble } from './token-endpoint.ts';
import { pushVerbs, troubleVerbs } from './trouble-verbs.ts';
import { createWorld } from './world.ts';

export const sandboxClient: Client = { id: 'sandbox-client', secret: 'sandbox-secret', redirectUris: null };

export interface OutlookSimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Fixes chance: faults by probability, drops, orders. */
  readonly seed?: number;
  readonly latencyMs?: number;
  /** Applications that are known; by default `sandboxClient`. */
  readonly clients?: readonly Client[];
  /** Milliseconds since 1970; by default the machine's clock. */
  readonly now?: () => number;
}

const controlVerbs = (deps: ControlDeps) => ({
  ...worldVerbs(deps),
  ...grantVerbs(deps),
  ...troubleVerbs(deps),
  ...pushVerbs(deps),
  ...phoneVerbs(deps.world),
});
export type OutlookControl = Control<ReturnType<typeof controlVerbs>>;

export interface OutlookSimulator {
  /** Origin of everything: sign-in, Graph (`/v1.0`), control, phone. */
  readonly url: string;
  /** The verbs of `/_control`, in the process. */
  readonly control: OutlookControl;
  /** Resolves when no notification is under way. */
  pushesSettled(): Promise<void>;
  close(): Promise<void>;
}

export async function startOutlookSimulator(options: OutlookSimulatorOptions = {}): Promise<OutlookSimulator> {
  let url = '';
  const deps = assembled(options, () => url);
  const { world, deliveries, journal: records, clock } = deps;
  const verbs = controlVerbs(deps);
  const login: LoginDesk = loginDesk(deps);
  const pages = phonePage();
  world.onChange(() => pages.changed());

  const token = (ask: Ask, tenant: string): Promise<Answer> =>
    recorded(deps, ask, (trail) => {
      trail.method = 'token';
      const call = { method: 'token', isWrite: false, account: null, calendarId: null };
      return strike(deps, call, trail) ?? answerToken(login, ask, tenant);
    });
  const batch = (ask: Ask): Promise<Answer> =>
    recorded(deps, ask, (trail) => {
      trail.method = 'batch';
      return answerBatch(ask, (one) => answerApi(deps, one));
    });

  async function answer(ask: Ask): Promise<Answer> {
    if (ask.path === '/v1.0/$batch' && ask.method === 'POST') return batch(ask);
    if (ask.path.startsWith('/v1.0/')) return answerApi(deps, ask);
    const page = pages.answer(ask) ?? (await controlOverHttp(verbs, ask));
    if (page !== null) return page;
    const [, tenant, what] = /^\/([^/]+)\/oauth2\/v2\.0\/(authorize|token)$/.exec(ask.path) ?? [];
    if (what === 'token') return token(ask, tenant!);
    if (what === 'authorize' && ask.method === 'GET') return deps.consent.begin(ask);
    if (ask.path === '/_login/decision' && ask.method === 'POST') return deps.consent.finish(ask);
    if (ask.path.startsWith('/owa')) return goTo('/phone');
    return answerApi(deps, ask);
  }

  const server = await listen(answer, options);
  url = server.url;
  return {
    url,
    control: controlInProcess(verbs),
    pushesSettled: () => deliveries.settled(),
    async close() {
      deps.subscriptions.clear();
      deliveries.clear();
      records.clear();
      clock.reset();
      await server.close();
    },
  };
}

/** Anything but success is tried again; the first answer is waited for three seconds, later ones ten. */
const habits: DeliveryHabits = { isRetried: () => true, firstPatienceMs: 3_000, patienceMs: 10_000 };

function assembled(options: OutlookSimulatorOptions, origin: () => string): ControlDeps {
  const { seed = 1, clients = [sandboxClient], latencyMs = 0 } = options;
  const clock = sandboxClock(options.now);
  const chance = dice(seed);
  const world = createWorld(clock);
  const deliveries = deliveryDesk({ clock, chance, habits });
  const knobs: ApiKnobs = { latencyMs, pageCap: null, repeats: 'existing' };
  const troubles: Trouble[] = [];
  const parts = {
    ...{ world, clock, chance, deliveries, knobs, clients, origin, troubles },
    grants: createGrants(clock, clients),
    delta: deltaDesk({ clock, chance }),
    subscriptions: subscriptionDesk({ world, deliveries }),
    lanes: createLanes(),
    faults: faultDesk(chance),
    journal: journal(),
  };
  return { ...parts, consent: consentDesk(loginDesk(parts)) };
}

function loginDesk({ world, grants, clock, troubles, journal: records }: Omit<ControlDeps, 'consent'>): LoginDesk {
  const violated = (what: string): void =>
    records.violated({ at: new Date(clock.now()).toISOString(), method: 'oauth', path: '', what });
  return { world, grants, clock, troubles, violated };
}
