// Field names repeat in every document: looking one up is faster than making the same string again, and a string that
// is known to the engine makes setting the field faster, too.

const SIZE = 2048;
const MAX_LENGTH = 32;
const cache: string[] = new Array(SIZE).fill('');

/** The name in these bytes, or null if it is too long or not plain ASCII. */
export function readName(bytes: Uint8Array, start: number, end: number): string | null {
  if (end - start > MAX_LENGTH) return null;
  let hash = end - start;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte > 127) return null;
    hash = (hash * 31 + byte) | 0;
  }
  const slot = (hash ^ (hash >>> 11)) & (SIZE - 1);
  const known = cache[slot]!;
  if (isSame(known, bytes, start, end)) return known;
  const name = String.fromCharCode(...bytes.subarray(start, end));
  cache[slot] = name;
  return name;
}

function isSame(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}
