/** Everything that the control verbs turn. */
import type { Deliveries } from '../kit/deliveries.ts';
import type { Dice } from '../kit/dice.ts';
import type { ApiDeps } from './api.ts';
import type { ConsentDesk } from './consent.ts';
import type { Client } from './grants.ts';
import type { Trouble } from './token-endpoint.ts';

export interface ControlDeps extends ApiDeps {
  readonly consent: ConsentDesk;
  readonly deliveries: Deliveries;
  readonly chance: Dice;
  readonly clients: readonly Client[];
  readonly troubles: Trouble[];
}
