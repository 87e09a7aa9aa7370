/**
 * Cuts a byte stream into MongoDB messages, whatever the chunk boundaries are.
 *
 * The claimed length is checked but nothing is allocated for it: a hostile peer
 * that announces 48 MB costs only the bytes it really sends.
 */
import { MAX_MESSAGE_BYTES } from '../limits.ts';
import { HEADER_BYTES, ProtocolError } from './protocol.ts';

export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;

  /** Takes the next chunk and returns the messages that are now complete. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const frames: Buffer[] = [];
    for (let length = this.#nextLength(); length !== null && length <= this.#buffered; length = this.#nextLength()) {
      frames.push(this.#take(length));
    }
    return frames;
  }

  #nextLength(): number | null {
    if (this.#buffered < 4) return null;
    const length = this.#head().readInt32LE(0);
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) {
      throw new ProtocolError(`message length ${length} is outside ${HEADER_BYTES}..${MAX_MESSAGE_BYTES}`);
    }
    return length;
  }

  /** A chunk that holds at least the four length bytes; joins tiny chunks only when it has to. */
  #head(): Buffer {
    const first = this.#chunks[0]!;
    if (first.length >= 4) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #take(length: number): Buffer {
    const first = this.#chunks[0]!;
    const whole = first.length >= length ? first : Buffer.concat(this.#chunks);
    if (whole !== first) this.#chunks = [whole];
    const frame = whole.subarray(0, length);
    if (whole.length === length) this.#chunks.shift();
    else this.#chunks[0] = whole.subarray(length);
    this.#buffered -= length;
    return frame;
  }
}
