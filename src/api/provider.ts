/** Asks a provider on behalf of a caller and closes the account again. */
import type { Connection } from '../domain/calendar.ts';
import type { OpenConnection } from '../domain/connector.ts';
import { Fault } from '../domain/fault.ts';
import type { AppParts } from './parts.ts';
import { Refusal } from './problems.ts';

/** @throws Refusal `provider_refused` with the provider's own reason; Faults that mean "later" pass through */
export async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (
      error instanceof Fault &&
      (error.kind === 'consent' || error.kind === 'invalid' || error.kind === 'calendar-gone')
    ) {
      throw new Refusal('provider_refused', error.message);
    }
    throw error;
  }
}

export async function withAccount<T>(
  parts: AppParts,
  connection: Connection,
  work: (account: OpenConnection) => Promise<T>,
): Promise<T> {
  return asked(async () => {
    const account = parts.openConnection(connection);
    try {
      return await work(account);
    } finally {
      await account.close();
    }
  });
}
