import type { LookupAddress, LookupOptions } from 'node:dns';
import { expect } from 'chai';
import { ForbiddenAddress, isPublicAddress, networkGuard, type ResolveAll } from '../../src/net/guard.ts';

const closed = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '192.0.0.8',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd12:3456::1',
  'fec0::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
  '64:ff9b::10.0.0.1',
  '2001:db8::1',
  '2002:7f00:1::1',
  '2001::1',
  '::7f00:1',
  'no address',
  '',
]; // prettier-ignore
const open = [
  '8.8.8.8',
  '100.63.255.255',
  '172.32.0.1',
  '192.0.1.1',
  '198.20.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
];

const dnsWith =
  (addresses: readonly string[]): ResolveAll =>
  (_host, _options, answer) =>
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

function look(
  resolve: ResolveAll,
  options: LookupOptions,
  allowPrivateHosts = false,
): Promise<string | LookupAddress[]> {
  const guard = networkGuard({ allowPrivateHosts, resolve });
  return new Promise((done, fail) => {
    guard.lookup('cal.example.com', options, (error, address) => (error === null ? done(address) : fail(error)));
  });
}

describe('the network guard', () => {
  it('holds every reserved address for closed', () => {
    expect(closed.filter(isPublicAddress)).to.deep.equal([]);
  });

  it('holds public addresses for open, in any notation', () => {
    expect(open.filter((address) => !isPublicAddress(address))).to.deep.equal([]);
  });

  it('refuses a URL that names a closed address in whatever spelling', () => {
    const guard = networkGuard({ allowPrivateHosts: false });
    const spellings = [
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://127.1:8080/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://10.0.0.1./',
    ];
    for (const text of spellings) expect(() => guard.checkUrl(new URL(text)), text).to.throw(ForbiddenAddress);
    expect(() => guard.checkUrl(new URL('https://8.8.8.8/'))).to.not.throw();
  });

  it('leaves names to the look-up, which drops closed addresses from what the socket may use', async () => {
    networkGuard({ allowPrivateHosts: false }).checkUrl(new URL('https://cal.example.com/'));
    const mixed = await look(dnsWith(['10.0.0.1', '8.8.8.8', '::1']), { all: true });
    expect(mixed).to.deep.equal([{ address: '8.8.8.8', family: 4 }]);
    expect(await look(dnsWith(['10.0.0.1', '8.8.8.8']), {})).to.equal('8.8.8.8');
  });

  it('refuses a name that leads to closed addresses only', async () => {
    const error = await look(dnsWith(['127.0.0.1', 'fd00::1']), { all: true }).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ForbiddenAddress);
  });

  it('passes the look-up error on as it is', async () => {
    const failing: ResolveAll = (_host, _options, answer) =>
      answer(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    const error = await look(failing, { all: true }).catch((e: unknown) => e);
    expect(error).to.deep.include({ code: 'ENOTFOUND' });
  });

  it('lets everything pass where private hosts are allowed', async () => {
    const guard = networkGuard({ allowPrivateHosts: true });
    guard.checkUrl(new URL('http://127.0.0.1/'));
    expect(await look(dnsWith(['127.0.0.1']), {}, true)).to.equal('127.0.0.1');
  });
});
