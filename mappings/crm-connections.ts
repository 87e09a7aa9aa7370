/** What the body of `POST /v1/connections` may hold for each provider, as data: validator and documentation read it. */

export interface ConnectionField {
  readonly description: string;
  readonly max: number;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  /** `object`: JSON as it was downloaded; its content is the connector's to judge. */
  readonly form?: 'text' | 'object';
}
export interface ConnectionForm {
  readonly fields: Readonly<Record<string, ConnectionField>>;
  /** Exactly one of these groups of fields has to be there, whole. */
  readonly oneOf: readonly (readonly string[])[];
}

const plain = { isRequired: false, isSecret: false, max: 2048 };
const secret = { isRequired: false, isSecret: true, max: 4096 };

/** Providers without a form here take what their connector takes. */
export const connectionForms: Readonly<Record<string, ConnectionForm>> = {
  caldav: {
    fields: {
      serverUrl: { ...plain, isRequired: true, description: 'Address of the CalDAV server, or an e-mail address' },
      username: { ...plain, max: 256, description: 'With `password`' },
      password: { ...secret, description: 'Best an app password of its own' },
      token: { ...secret, description: 'Bearer token instead of user name and password' },
    },
    oneOf: [['username', 'password'], ['token']],
  },
  google: {
    fields: {
      refreshToken: { ...secret, description: 'A refresh token that was granted to the client id of this gateway' },
      serviceAccount: {
        ...{ ...secret, form: 'object' },
        description: 'The key file of a service account with domain-wide delegation, with `subject`',
      },
      subject: { ...plain, max: 320, description: 'Address of the person in whose name the service account acts' },
    },
    oneOf: [['refreshToken'], ['serviceAccount', 'subject']],
  },
  outlook: {
    fields: {
      refreshToken: {
        ...secret,
        max: 16_384,
        description: 'A refresh token that was granted to the app of this gateway',
      },
      tenantId: { ...plain, max: 254, description: 'Directory id or domain of the tenant, with `mailbox`' },
      mailbox: { ...plain, max: 320, description: 'Address of the mailbox that the app itself may use' },
    },
    oneOf: [['refreshToken'], ['tenantId', 'mailbox']],
  },
};
