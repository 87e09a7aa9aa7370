/** A Google of one's own: OAuth, the calendar API, push, faults and a phone, in memory and over plain HTTP. */
import { sandboxClock } from '../kit/clock.ts';
import { deliveryDesk } from '../kit/deliveries.ts';
import { dice } from '../kit/dice.ts';
import { faultDesk } from '../kit/faults.ts';
import type { Answer, Ask } from '../kit/http.ts';
import { goTo, listen } from '../kit/http.ts';
import { journal } from '../kit/journal.ts';
import { phonePage } from '../kit/phone-page.ts';
import type { Control } from '../kit/verbs.ts';
import { controlInProcess, controlOverHttp } from '../kit/verbs.ts';
import { answerApi, recorded, strike } from './api.ts';
import { consentDesk } from './consent.ts';
import { type ControlDeps, grantVerbs, troubleVerbs, worldVerbs } from './control.ts';
import { type Client, createGrants } from './grants.ts';
import { phoneVerbs } from './phone-verbs.ts';
import { answerRevoke, answerToken, answerUserInfo, type TokenDesk } from './token-endpoint.ts';
import { watchDesk } from './watch.ts';
import { createWorld } from './world.ts';

export const sandboxClient: Client = { id: 'sandbox-client', secret: 'sandbox-secret', redirectUris: null };

export interface GoogleSimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Fixes chance: faults by probability, drops, orders. */
  readonly seed?: number;
  readonly latencyMs?: number;
  /** OAuth clients that are known; by default `sandboxClient`. */
  readonly clients?: readonly Client[];
  /** Milliseconds since 1970; by default the machine's clock. */
  readonly now?: () => number;
}

const controlVerbs = (deps: ControlDeps) => ({
  ...worldVerbs(deps),
  ...grantVerbs(deps),
  ...troubleVerbs(deps),
  ...phoneVerbs(deps.world, deps.origin),
});
export type GoogleControl = Control<ReturnType<typeof controlVerbs>>;

export interface GoogleSimulator {
  /** Origin of everything: API, OAuth, control, phone. */
  readonly url: string;
  /** The verbs of `/_control`, in the process. */
  readonly control: GoogleControl;
  /** Resolves when no push is under way. */
  pushesSettled(): Promise<void>;
  close(): Promise<void>;
}

export async function startGoogleSimulator(options: GoogleSimulatorOptions = {}): Promise<GoogleSimulator> {
  const { seed = 1, clients = [sandboxClient], latencyMs = 0 } = options;
  const clock = sandboxClock(options.now);
  const chance = dice(seed);
  const world = createWorld(clock);
  const deliveries = deliveryDesk({ clock, chance });
  const parts = { world, clock, chance, deliveries, grants: createGrants(clock, clients), journal: journal() };
  const faults = faultDesk(chance);
  const watch = watchDesk({ world, deliveries, chance });
  const knobs = { latencyMs, pageCap: null };
  let url = '';
  const origin = (): string => url;
  const at = (): string => new Date(clock.now()).toISOString();
  const desk: TokenDesk = {
    ...parts,
    get origin() {
      return url;
    },
    violated: (what) => parts.journal.violated({ at: at(), method: 'oauth', path: '', what }),
  };
  const consent = consentDesk(desk);
  const deps: ControlDeps = { ...parts, consent, watch, faults, knobs, clients, origin };
  const verbs = controlVerbs(deps);

  const pages = phonePage();
  world.onChange(() => pages.changed());

  async function answer(ask: Ask): Promise<Answer> {
    if (ask.path.startsWith('/calendar/v3/')) return answerApi(deps, ask);
    const page = pages.answer(ask) ?? consent.answer(ask) ?? (await controlOverHttp(verbs, ask));
    if (page !== null) return page;
    if (ask.path === '/token') return oauth(ask, 'token', answerToken);
    if (ask.path === '/revoke') return oauth(ask, 'revoke', answerRevoke);
    if (ask.path === '/oauth2/v3/userinfo') return oauth(ask, 'userinfo', answerUserInfo);
    if (ask.path === '/calendar/event') return goTo('/phone');
    return answerApi(deps, ask);
  }
  const oauth = (ask: Ask, method: string, run: (desk: TokenDesk, ask: Ask) => Answer): Promise<Answer> =>
    recorded(deps, ask, (trail) => {
      trail.method = method;
      const call = { method, isWrite: false, account: null, calendarId: null };
      return strike(faults, call, trail) ?? run(desk, ask);
    });

  const server = await listen(answer, options);
  url = server.url;
  return {
    url,
    control: controlInProcess(verbs),
    pushesSettled: () => deliveries.settled(),
    async close() {
      deliveries.clear();
      await server.close();
    },
  };
}
