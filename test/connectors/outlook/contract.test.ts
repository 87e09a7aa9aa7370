/** Runs the connector contract against the Outlook simulator, which judges every request by Microsoft's description. */
import { expect } from 'chai';
import { type ConnectorFixture, connectorContract } from '../../contract/connector.ts';
import { berlin } from '../../kit/google-account.ts';
import { aMailbox } from '../../kit/outlook-account.ts';

async function fixture(o: Parameters<typeof aMailbox>[0]): Promise<ConnectorFixture> {
  const account = await aMailbox(o);
  const { connector, connection, calendar, person } = account;
  return {
    ...{ connector, connection, calendar, person, zone: berlin },
    async lostCursor(real) {
      account.outlook.control.expireDeltaTokens({});
      return real;
    },
    async stop() {
      await account.stop();
      expect(account.violations()).to.deep.equal([]);
    },
  };
}

connectorContract('the Outlook connector', () => fixture({}));
connectorContract('the Outlook connector with pages of two events', () => fixture({ limits: { page: 2 } }));
connectorContract('the Outlook connector on outlook.com', () => fixture({ personal: true }));
