/** The validator of new connections, made from what each provider takes. */
import { expect } from 'chai';
import { connectionForms } from '../../mappings/crm-connections.ts';
import { connectionSchema } from '../../src/api/connection-schema.ts';
import { fieldErrors } from '../../src/api/route.ts';

describe('the body of a new connection', () => {
  const schema = connectionSchema(['memory', 'caldav', 'google', 'outlook']);
  const placesOf = (body: unknown): string[] => {
    const result = schema.safeParse(body);
    return result.success ? [] : fieldErrors(result.error.issues).map((e) => e.path);
  };
  const right = { provider: 'caldav', serverUrl: 'https://dav.example.com', username: 'sam', password: 'pw' };

  it('takes either user name and password, or a token', () => {
    const { username, password, ...rest } = right;
    expect(placesOf(right)).to.deep.equal([]);
    expect(placesOf({ ...rest, token: 't' })).to.deep.equal([]);
    expect(placesOf({ ...rest, username })).to.deep.equal(['password']);
    expect(placesOf({ ...rest, password })).to.deep.equal(['username']);
    expect(placesOf(rest)).to.deep.equal(['username']);
    expect(placesOf({ ...right, token: 't' })).to.have.lengthOf(1);
  });

  it('names unknown and missing fields, and unknown providers', () => {
    expect(placesOf({ ...right, passwrod: 'x' })).to.deep.equal(['passwrod']);
    expect(placesOf({ ...right, serverUrl: undefined })).to.deep.equal(['serverUrl']);
    expect(placesOf({ ...right, provider: 'abacus' })).to.deep.equal(['provider']);
    expect(placesOf({ ...right, password: 7 })).to.include('password');
  });

  it('takes a key file as it was downloaded', () => {
    const file = { client_email: 'bot@example.com', private_key: 'pem' };
    expect(placesOf({ provider: 'google', serviceAccount: file, subject: 'sam@example.com' })).to.deep.equal([]);
    expect(placesOf({ provider: 'google', serviceAccount: 'text', subject: 'sam@example.com' })).to.deep.equal([
      'serviceAccount',
    ]);
    expect(placesOf({ provider: 'google', serviceAccount: file })).to.deep.equal(['subject']);
    expect(placesOf({ provider: 'google', refreshToken: 'token' })).to.deep.equal([]);
  });

  it('takes a mailbox of a tenant, or a refresh token', () => {
    const app = { provider: 'outlook', tenantId: 'contoso.example', mailbox: 'sam@contoso.example' };
    expect(placesOf(app)).to.deep.equal([]);
    expect(placesOf({ provider: 'outlook', tenantId: app.tenantId })).to.deep.equal(['mailbox']);
    expect(placesOf({ provider: 'outlook', refreshToken: 'token' })).to.deep.equal([]);
    expect(placesOf({ ...app, refreshToken: 'token' })).to.have.lengthOf(1);
  });

  it('leaves to a connector without a form what it takes', () => {
    expect(placesOf({ provider: 'memory', anything: [1] })).to.deep.equal([]);
  });

  it('marks what is secret in every form', () => {
    const names = Object.values(connectionForms).flatMap((form) =>
      Object.entries(form.fields).flatMap(([name, field]) => (field.isSecret ? [name] : [])),
    );
    expect(names).to.include.members(['password', 'token']);
  });
});
