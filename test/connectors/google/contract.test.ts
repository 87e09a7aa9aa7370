/** Runs the connector contract against the Google simulator, which judges every request by the discovery document. */
import { expect } from 'chai';
import { type ConnectorFixture, connectorContract } from '../../contract/connector.ts';
import { aGoogleAccount, berlin } from '../../kit/google-account.ts';

async function fixture(o: Parameters<typeof aGoogleAccount>[0]): Promise<ConnectorFixture> {
  const account = await aGoogleAccount(o);
  const { connector, connection, calendar, person } = account;
  return {
    ...{ connector, connection, calendar, person, zone: berlin },
    async lostCursor(real) {
      account.google.control.expireSyncTokens({});
      return real;
    },
    async stop() {
      await account.stop();
      expect(account.violations()).to.deep.equal([]);
    },
  };
}

connectorContract('the Google connector', () => fixture({}));
connectorContract('the Google connector with pages of two events', () => fixture({ limits: { page: 2 } }));
