/** Keeps requests to addresses that users typed away from our own network (server-side request forgery). */
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';

/** The address leads into a private, loopback, link-local or otherwise unroutable network. */
export class ForbiddenAddress extends Error {
  readonly code = 'FORBIDDEN_ADDRESS';
  constructor(host: string) {
    super(`${host} leads to a private or reserved network address`);
    this.name = 'ForbiddenAddress';
  }
}

type Answer = (error: Error | null, address: string | LookupAddress[], family?: number) => void;
/** The `lookup` option of `net.connect`, `tls.connect` and undici's `connect`. */
export type GuardedLookup = (hostname: string, options: LookupOptions, answer: Answer) => void;
/** As `dns.lookup` with `all: true`; replaced in tests. */
export type ResolveAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  answer: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

export interface NetworkGuard {
  /**
   * Refuses URLs that name a forbidden address outright; for names the check is in `lookup`, which the socket is opened
   * with, so that the checked address is the one connected to. Both are needed: sockets skip `lookup` for literals.
   * @throws ForbiddenAddress
   */
  checkUrl(url: URL): void;
  readonly lookup: GuardedLookup;
}

export function networkGuard(o: { readonly allowPrivateHosts: boolean; readonly resolve?: ResolveAll }): NetworkGuard {
  const resolve: ResolveAll = o.resolve ?? systemLookup;
  return {
    checkUrl(url) {
      const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
      if (!o.allowPrivateHosts && isIP(host) !== 0 && !isPublicAddress(host)) throw new ForbiddenAddress(host);
    },
    lookup(hostname, options, answer) {
      resolve(hostname, { ...options, all: true }, (error, found) => {
        if (error !== null) return answer(error, []);
        const usable = o.allowPrivateHosts ? found : found.filter((entry) => isPublicAddress(entry.address));
        const first = usable[0];
        if (first === undefined) return answer(new ForbiddenAddress(hostname), []);
        if (options.all === true) answer(null, usable);
        else answer(null, first.address, first.family);
      });
    },
  };
}

/** Special-purpose blocks of IPv4 (RFC 6890 and the IANA registry), multicast and class E. */
const closed4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]);
/** Global unicast is 2000::/3; inside it, protocol assignments (Teredo among them), documentation and 6to4 are closed. */
const open6 = blockList('ipv6', [['2000::', 3]]);
const closed6 = blockList('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);
const nat64 = blockList('ipv6', [['64:ff9b::', 96]]);
const mapped4 = blockList('ipv6', [['::ffff:0:0', 96]]);

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family);
  return list;
}

/** Whether an IP address literal is reachable over the public internet; false for anything that is no address. */
export function isPublicAddress(address: string): boolean {
  const plain = address.split('%')[0]!;
  switch (isIP(plain)) {
    case 4:
      return !closed4.check(plain, 'ipv4');
    case 6: {
      // An IPv4 address in IPv6 clothes is judged by what it carries.
      if (mapped4.check(plain, 'ipv6') || nat64.check(plain, 'ipv6')) return isPublicAddress(lastFourBytes(plain));
      return open6.check(plain, 'ipv6') && !closed6.check(plain, 'ipv6');
    }
    default:
      return false;
  }
}

function lastFourBytes(address: string): string {
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (dotted !== null) return dotted[1]!;
  // The URL parser writes an IPv6 address in its one canonical form.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::').join(':0:').split(':');
  const [high, low] = groups.slice(-2).map((group) => Number.parseInt(group === '' ? '0' : group, 16)) as [
    number,
    number,
  ];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
