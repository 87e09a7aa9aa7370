/** Introducing ourselves: a standalone server, so that drivers do not retry writes or expect streaming. */
import { MAX_DOCUMENT_BYTES, MAX_MESSAGE_BYTES, MAX_WRITE_BATCH } from '../limits.ts';
import { CommandError } from '../semantics/errors.ts';
import type { Doc } from '../semantics/values.ts';
import type { Command, CommandContext } from './context.ts';

/** The MongoDB whose behaviour we imitate where versions differ. */
const VERSION = '7.0.0';
const WIRE_VERSION = 21;

/**
 * Sessions are announced as a standalone mongod does, so that a transaction reaches us and is refused
 * by name. `topologyVersion` must never appear: the driver would switch to streaming hello.
 */
function hello(context: CommandContext): Doc {
  return {
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: MAX_WRITE_BATCH,
    localTime: context.now,
    logicalSessionTimeoutMinutes: 30,
    connectionId: context.connectionId,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION,
    readOnly: false,
    ok: 1,
  };
}

const HELLO_FIELDS = [
  'helloOk',
  'client',
  'compression',
  'backpressure',
  'hostInfo',
  'loadBalanced',
  'topologyVersion',
  'maxAwaitTimeMS',
  'saslSupportedMechs',
  'speculativeAuthenticate',
];

function buildInfo(): Doc {
  return {
    version: VERSION,
    versionArray: [7, 0, 0, 0],
    gitVersion: 'interlock-embedded',
    modules: [],
    bits: 64,
    debug: false,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    storageEngines: ['interlock-embedded'],
    ok: 1,
  };
}

function getParameter(context: CommandContext): Doc {
  if (context.body.featureCompatibilityVersion === undefined) throw new CommandError(72, 'no option found to get');
  return { featureCompatibilityVersion: { version: '7.0' }, ok: 1 };
}

export const handshakeCommands: readonly Command[] = [
  { name: 'hello', fields: HELLO_FIELDS, run: hello },
  { name: 'ismaster', fields: HELLO_FIELDS, run: hello },
  { name: 'isMaster', fields: HELLO_FIELDS, run: hello },
  { name: 'ping', fields: [], run: () => ({ ok: 1 }) },
  { name: 'endSessions', fields: [], run: () => ({ ok: 1 }) },
  { name: 'buildInfo', fields: [], run: buildInfo },
  { name: 'buildinfo', fields: [], run: buildInfo },
  { name: 'getParameter', fields: ['featureCompatibilityVersion', 'allParameters'], run: getParameter },
];
