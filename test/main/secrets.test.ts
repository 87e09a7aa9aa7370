import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { encryptionKey } from '../../config/index.ts';
import { Fault } from '../../src/domain/fault.ts';
import { makeSecrets } from '../../src/secrets.ts';

const a = encryptionKey(randomBytes(32));
const b = encryptionKey(randomBytes(32));

describe('sealed credentials', () => {
  it('open to what was sealed, whatever the value', () => {
    const secrets = makeSecrets([a]);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(secrets.open(secrets.seal(value))).to.deep.equal(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('never contain the plain text and never look the same twice', () => {
    const secrets = makeSecrets([a]);
    const first = secrets.seal({ password: 'correct horse' });
    expect(first)
      .to.not.contain('correct')
      .and.not.equal(secrets.seal({ password: 'correct horse' }));
  });

  it('are opened with an old key after rotation and sealed with the new one', () => {
    const sealed = makeSecrets([a]).seal('x');
    const rotated = makeSecrets([b, a]);
    expect(rotated.open(sealed)).to.equal('x');
    expect(rotated.seal('x')).to.contain(`.${b.id}.`);
  });

  it('are refused when their key is unknown or a character was changed', () => {
    const sealed = makeSecrets([a]).seal('x');
    expect(() => makeSecrets([b]).open(sealed)).to.throw(Fault, /ENCRYPTION_KEYS_OLD/);
    const at = sealed.lastIndexOf('.') + 3;
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    expect(() => makeSecrets([a]).open(changed)).to.throw(Fault, /cannot be opened/);
    for (const garbage of ['', 'v1', 'v1.x.y.z', `v1.${a.id}..`])
      expect(() => makeSecrets([a]).open(garbage)).to.throw(Fault);
  });
});
