/** What every store keeps, as one suite: run over the store in memory and over MongoDB. */

import type { Store } from '../../src/store/store.ts';
import { accountContract } from './store-accounts.ts';
import { calendarContract } from './store-calendars.ts';
import { eventContract } from './store-events.ts';
import { eventQueryContract } from './store-events-queries.ts';
import { journalContract } from './store-journal.ts';
import { leaseContract } from './store-leases.ts';
import { noticeContract } from './store-notices.ts';
import { offerContract } from './store-offers.ts';
import { recordContract } from './store-records.ts';
import { sheetContract } from './store-sheets.ts';
import { sheetPutContract } from './store-sheets-put.ts';
import { togetherContract } from './store-together.ts';
import { webhookContract } from './store-webhooks.ts';

/** `makeStore` gives an empty store on a clock that runs by itself; the suite closes it. */
export function storeContract(name: string, makeStore: () => Promise<Store>): void {
  describe(`store contract: ${name}`, () => {
    let store: Store;
    before(async () => {
      store = await makeStore();
    });
    after(() => store.close());
    const given = () => store;
    eventContract(given);
    eventQueryContract(given);
    togetherContract(given);
    sheetContract(given);
    sheetPutContract(given);
    calendarContract(given);
    leaseContract(given);
    recordContract(given);
    accountContract(given);
    journalContract(given);
    offerContract(given);
    webhookContract(given);
    noticeContract(given);
  });
}
