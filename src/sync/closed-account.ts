/** Stands in for a provider's account where events are changed without asking the provider anything. */
import type { OpenConnection } from '../domain/connector.ts';
import { Fault } from '../domain/fault.ts';

const refuse = async (): Promise<never> => {
  throw new Fault('bug', 'an account was used by work that asks no provider');
};

export const closedAccount: OpenConnection = {
  calendars: refuse,
  pull: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
  read: refuse,
  write: refuse,
  close: async () => {},
};
