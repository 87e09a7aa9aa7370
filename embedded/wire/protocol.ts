/** The constants of the MongoDB wire protocol that this server speaks. */
export const HEADER_BYTES = 16;

export const OP_REPLY = 1;
export const OP_QUERY = 2004;
export const OP_MSG = 2013;

export const FLAG_CHECKSUM_PRESENT = 1;
export const FLAG_MORE_TO_COME = 2;
/** Bits 0..15 of OP_MSG flags must be understood by the receiver; the upper half may be ignored. */
export const KNOWN_REQUIRED_FLAGS = FLAG_CHECKSUM_PRESENT | FLAG_MORE_TO_COME;

/** The peer does not speak the protocol: there is nobody to answer, so the connection is closed. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}
