/** Says in a plain sentence why a server could not be reached. */
import { Fault, type FaultKind } from '../../src/domain/fault.ts';
import { ForbiddenAddress } from '../../src/net/guard.ts';

/** On first contact these mean a wrong address, later an outage that may pass. */
const wrongAddress: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no server of that name',
  EPROTO: 'it does not speak TLS there',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP there',
  ERR_INVALID_URL: 'the address is not complete',
};
const outages: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it takes too long to answer',
  UND_ERR_BODY_TIMEOUT: 'it takes too long to answer',
  UND_ERR_DESTROYED: 'the connection was closed here',
  UND_ERR_CLOSED: 'the connection was closed here',
};
/** OpenSSL's verify errors and Node's own. */
const certificate =
  /^(?:CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_PURPOSE|ERR_SSL_)/;

/** No answer came: asking the same host for another path would not help. */
export class Unreachable extends Fault {}

export function networkFault(error: unknown, url: URL, firstContact: boolean): Unreachable {
  if (error instanceof ForbiddenAddress) {
    return new Unreachable('invalid', `${error.message}, which this gateway is not allowed to call.`);
  }
  const { code, timedOut } = describe(error);
  const say = (kind: FaultKind, why: string) =>
    new Unreachable(kind, `${url.host} cannot be used: ${why}.`, { cause: error });
  const wrong: FaultKind = firstContact ? 'invalid' : 'transient';
  if (timedOut) return say('transient', 'it takes too long to answer');
  if (code in wrongAddress) return say(wrong, wrongAddress[code]!);
  if (certificate.test(code)) return say(wrong, `its TLS certificate is not trusted (${code})`);
  if (code in outages) return say('transient', outages[code]!);
  if (code.startsWith('HPE_')) return say(wrong, 'it does not speak HTTP there');
  return say('transient', code === '' ? 'the connection failed' : `the connection failed (${code})`);
}

/** The code of an error, of its cause, or of the first of several attempts. */
function describe(error: unknown): { code: string; timedOut: boolean } {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; depth += 1) {
    if (at.name === 'TimeoutError') return { code: '', timedOut: true };
    if ('code' in at && typeof at.code === 'string') return { code: at.code, timedOut: false };
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return { code: '', timedOut: false };
}
