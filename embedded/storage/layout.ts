/** Keys and format of what is on disk. Documents are BSON exactly as clients sent them. */
export const FORMAT_VERSION = 1;

export const META_KEY = Buffer.from('meta');

const CATALOG = 0x63; // 'c'
const DOCUMENT = 0x64; // 'd'

export function catalogKey(collectionId: number): Buffer {
  const key = Buffer.allocUnsafe(5);
  key[0] = CATALOG;
  key.writeUInt32BE(collectionId, 1);
  return key;
}

/** Big-endian, so that a scan of the folder meets the documents in insertion order. */
export function documentKey(collectionId: number, recordId: number): Buffer {
  const key = Buffer.allocUnsafe(11);
  key[0] = DOCUMENT;
  key.writeUInt32BE(collectionId, 1);
  key.writeUIntBE(recordId, 5, 6);
  return key;
}

export type StoredKey =
  | { readonly kind: 'catalog'; readonly collectionId: number }
  | { readonly kind: 'document'; readonly collectionId: number; readonly recordId: number }
  | { readonly kind: 'meta' }
  | { readonly kind: 'unknown' };

export function parseKey(key: Buffer): StoredKey {
  if (key.equals(META_KEY)) return { kind: 'meta' };
  if (key.length === 5 && key[0] === CATALOG) return { kind: 'catalog', collectionId: key.readUInt32BE(1) };
  if (key.length === 11 && key[0] === DOCUMENT) {
    return { kind: 'document', collectionId: key.readUInt32BE(1), recordId: key.readUIntBE(5, 6) };
  }
  return { kind: 'unknown' };
}
