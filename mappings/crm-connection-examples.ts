/** What the documentation shows of connections for each provider: bodies that its form takes, and the answer. */

const refreshToken = '1//0e-the-refresh-token-of-the-account';

/** Bodies of `POST /v1/connections` by provider and name; a provider without any here is shown with its name alone. */
export const connectionBodies: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>> = {
  google: {
    'google-account': { refreshToken },
    'google-workspace': {
      serviceAccount: {
        type: 'service_account',
        client_email: 'interlock@example-heating.iam.gserviceaccount.com',
        private_key: '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n',
      },
      subject: 'ana@example.com',
    },
  },
  outlook: {
    'outlook-account': { refreshToken: 'M.C512_the-refresh-token-of-the-account' },
    'outlook-organisation': { tenantId: 'example.onmicrosoft.com', mailbox: 'ana@example.com' },
  },
  caldav: {
    caldav: { serverUrl: 'https://caldav.example.com', username: 'ana', password: 'abcd-efgh-ijkl-mnop' },
  },
};

/** The answer that goes with them. */
export const connectionAnswer = {
  id: 'con_5k2h8d0c4b6a1n3m7q9e',
  version: 1,
  provider: 'google',
  account: 'ana@example.com',
  state: 'ok',
  pausedUntil: null,
  lastFault: null,
  createdAt: '2027-06-01T06:00:01Z',
};
/** An address of the consent page of this gateway. */
export const consentExample = {
  url: 'https://interlock.example.com/connect/3v8Jq0sXW2uT5yB7mKcR1aLdN6fHgE4p',
  expiresAt: '2027-06-01T06:10:00Z',
};
