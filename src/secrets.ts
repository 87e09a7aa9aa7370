/** Seals credentials at rest (AES-256-GCM); a sealed text names the key that opens it, so that keys can be rotated. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Fault } from './domain/fault.ts';

export interface Secrets {
  /** JSON value -> `v1.<key id>.<nonce>.<ciphertext and tag>`, always under the newest key. */
  seal(value: unknown): string;
  /** @throws Fault `invalid` when the key is not among ours or the text was changed */
  open(sealed: string): unknown;
}

const nonceBytes = 12;
const tagBytes = 16;

/** @param keys newest first, at least one */
export function makeSecrets(keys: readonly { readonly id: string; readonly bytes: Uint8Array }[]): Secrets {
  const newest = keys[0];
  if (newest === undefined) throw new Fault('bug', 'no encryption key');
  return {
    seal(value) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', newest.bytes, nonce);
      cipher.setAAD(Buffer.from(newest.id));
      const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return ['v1', newest.id, nonce.toString('base64url'), body.toString('base64url')].join('.');
    },
    open(sealed) {
      const [form, keyId, nonce, body] = sealed.split('.');
      const key = keys.find((k) => k.id === keyId);
      if (form !== 'v1' || key === undefined || nonce === undefined || body === undefined) {
        throw new Fault(
          'invalid',
          'a stored credential was sealed with a key that is not configured (ENCRYPTION_KEYS_OLD)',
        );
      }
      return decrypt(key, Buffer.from(nonce, 'base64url'), Buffer.from(body, 'base64url'));
    },
  };
}

function decrypt(key: { readonly id: string; readonly bytes: Uint8Array }, nonce: Buffer, body: Buffer): unknown {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce);
    decipher.setAAD(Buffer.from(key.id));
    decipher.setAuthTag(body.subarray(body.length - tagBytes));
    const text = Buffer.concat([decipher.update(body.subarray(0, body.length - tagBytes)), decipher.final()]);
    return JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw new Fault('invalid', 'a stored credential cannot be opened; it was changed or its key is another one', {
      cause,
    });
  }
}
