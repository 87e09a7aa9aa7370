/** Reads requests out of frames (OP_MSG, and OP_QUERY for the handshake) and writes the replies. */
import { type Doc, decode, encode } from '../semantics/values.ts';
import {
  FLAG_CHECKSUM_PRESENT,
  FLAG_MORE_TO_COME,
  HEADER_BYTES,
  KNOWN_REQUIRED_FLAGS,
  OP_MSG,
  OP_QUERY,
  OP_REPLY,
  ProtocolError,
} from './protocol.ts';

export interface Request {
  readonly requestId: number;
  readonly opCode: typeof OP_MSG | typeof OP_QUERY;
  /** False for unacknowledged writes: the peer will not read an answer. */
  readonly wantsReply: boolean;
  readonly body: Doc;
  /** Kind 1 sections, still as bytes: inserted documents are stored as they came. */
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
}

export function parseRequest(frame: Buffer): Request {
  const requestId = frame.readInt32LE(4);
  const opCode = frame.readInt32LE(12);
  if (opCode === OP_MSG) return parseMsg(frame, requestId);
  if (opCode === OP_QUERY) return parseQuery(frame, requestId);
  throw new ProtocolError(`operation ${opCode} is not spoken here`);
}

export function encodeReply(request: Pick<Request, 'requestId' | 'opCode'>, replyId: number, reply: Doc): Buffer {
  const body = encode(reply);
  const isQuery = request.opCode === OP_QUERY;
  const prefix = isQuery ? 20 : 5;
  const out = Buffer.allocUnsafe(HEADER_BYTES + prefix + body.length);
  out.writeInt32LE(out.length, 0);
  out.writeInt32LE(replyId, 4);
  out.writeInt32LE(request.requestId, 8);
  out.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  out.fill(0, HEADER_BYTES, HEADER_BYTES + prefix);
  if (isQuery) {
    out.writeInt32LE(8, 16); // AwaitCapable, as mongod always sets it
    out.writeInt32LE(1, 32); // one document follows
  }
  out.set(body, HEADER_BYTES + prefix);
  return out;
}

function parseMsg(frame: Buffer, requestId: number): Request {
  if (frame.length < HEADER_BYTES + 4) throw new ProtocolError('OP_MSG is cut short');
  const flags = frame.readUInt32LE(HEADER_BYTES);
  if ((flags & 0xffff & ~KNOWN_REQUIRED_FLAGS) !== 0) throw new ProtocolError(`unknown required flags ${flags}`);
  // Unix sockets and loopback TCP do not corrupt; the checksum is cut off, not verified.
  const end = frame.length - (flags & FLAG_CHECKSUM_PRESENT ? 4 : 0);
  const sequences = new Map<string, readonly Buffer[]>();
  let body: Doc | null = null;
  let at = HEADER_BYTES + 4;
  while (at < end) {
    const kind = frame[at]!;
    const size = sizeAt(frame, at + 1, end);
    const section = frame.subarray(at + 1, at + 1 + size);
    if (kind === 0 && body === null) body = decodeBody(section);
    else if (kind === 1) addSequence(sequences, section);
    else throw new ProtocolError(`section of kind ${kind} is unknown or came twice`);
    at += 1 + size;
  }
  if (body === null) throw new ProtocolError('OP_MSG has no body');
  const wantsReply = (flags & FLAG_MORE_TO_COME) === 0;
  return { requestId, opCode: OP_MSG, wantsReply, body, sequences };
}

/** The driver still opens with OP_QUERY `ismaster` on `admin.$cmd`; nothing else may come this way. */
function parseQuery(frame: Buffer, requestId: number): Request {
  const nameEnd = frame.indexOf(0, HEADER_BYTES + 4);
  if (nameEnd < 0 || nameEnd + 9 > frame.length) throw new ProtocolError('OP_QUERY is cut short');
  const namespace = frame.toString('utf8', HEADER_BYTES + 4, nameEnd);
  if (!namespace.endsWith('.$cmd')) throw new ProtocolError('OP_QUERY is only spoken for the handshake');
  const at = nameEnd + 9; // name, its null, numberToSkip, numberToReturn
  const size = sizeAt(frame, at, frame.length);
  const body = decodeBody(frame.subarray(at, at + size));
  body.$db ??= namespace.slice(0, -'.$cmd'.length);
  return { requestId, opCode: OP_QUERY, wantsReply: true, body, sequences: new Map() };
}

function addSequence(sequences: Map<string, readonly Buffer[]>, section: Buffer): void {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new ProtocolError('document sequence has no name');
  const name = section.toString('utf8', 4, nameEnd);
  if (sequences.has(name)) throw new ProtocolError(`document sequence ${name} came twice`);
  const documents: Buffer[] = [];
  for (let at = nameEnd + 1; at < section.length; ) {
    const size = sizeAt(section, at, section.length);
    documents.push(section.subarray(at, at + size));
    at += size;
  }
  sequences.set(name, documents);
}

function sizeAt(buffer: Buffer, at: number, end: number): number {
  if (at + 5 > end) throw new ProtocolError('section is cut short');
  const size = buffer.readInt32LE(at);
  if (size < 5 || at + size > end) throw new ProtocolError(`section claims ${size} bytes`);
  return size;
}

function decodeBody(bytes: Buffer): Doc {
  try {
    return decode(bytes);
  } catch (error) {
    throw new ProtocolError(`body is not BSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
