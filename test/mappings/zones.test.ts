/** Zone names as the world writes them. */
import { expect } from 'chai';
import { allZones, resolveZone, vtimezoneFor, windowsNameOf } from '../../mappings/zones.ts';
import type { Instant, Zone } from '../../src/domain/time.ts';
import { asZone, offsetMsAt } from '../../src/domain/zone.ts';

describe('a zone name', () => {
  const cases: readonly [name: string, zone: string | null][] = [
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/BERLIN', 'Europe/Berlin'],
    ['"Europe/Berlin"', 'Europe/Berlin'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
    ['US/Eastern', 'US/Eastern'],
    ['/freeassociation.sourceforge.net/Europe/Berlin', 'Europe/Berlin'],
    ['/softwarestudio.org/Olson_20011030_5/America/New_York', 'America/New_York'],
    ['/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['/mozilla.org/20070129_1/Europe/Berlin', 'Europe/Berlin'],
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['w. europe standard time', 'Europe/Berlin'],
    ['Eastern Standard Time', 'America/New_York'],
    ['UTC', 'UTC'],
    ['GMT', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['tzone://Microsoft/Utc', 'UTC'],
    ['EST5EDT', 'EST5EDT'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    ['IST', null],
    ['Customized Time Zone', null],
    ['(UTC+01:00) Amsterdam, Berlin', null],
    ['Mars/Olympus', null],
    ['', null],
    ['+01:00', null],
    ['__proto__', null],
  ];
  for (const [name, zone] of cases) {
    it(`${JSON.stringify(name)} is ${zone ?? 'not guessed'}`, () => expect(resolveZone(name)).to.equal(zone));
  }

  it('of every zone of the platform is found again', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) expect(resolveZone(name)).to.equal(asZone(name));
  });

  it('has a Windows name there and back, renamed cities included', () => {
    expect(windowsNameOf('Europe/Berlin' as Zone)).to.equal('W. Europe Standard Time');
    expect(windowsNameOf('Europe/Kyiv' as Zone)).to.equal('FLE Standard Time');
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const windows = windowsNameOf(name as Zone);
      if (windows !== null) expect(resolveZone(windows), windows).not.to.equal(null);
    }
  });

  it('has a Windows name that means the same clock, or none', () => {
    const weekMs = 7 * 86_400_000;
    const weeks = Array.from({ length: 104 }, (_, week) => (Date.UTC(2027, 0, 4) + week * weekMs) as Instant);
    for (const name of allZones()) {
      const group = resolveZone(windowsNameOf(name) ?? name);
      const other = weeks.find((at) => offsetMsAt(name, at) !== offsetMsAt(group!, at));
      expect(other, `${name} as ${windowsNameOf(name)}`).to.equal(undefined);
    }
  }).timeout(20_000);
});

describe('a VTIMEZONE', () => {
  it('is there for every zone but UTC, under the very name that was asked for', () => {
    for (const name of [...Intl.supportedValuesOf('timeZone'), 'Asia/Calcutta', 'Etc/GMT+5']) {
      if (resolveZone(name) === 'UTC') continue;
      const text = vtimezoneFor(name as Zone);
      expect(text)
        .to.match(/^BEGIN:VTIMEZONE\r\n/)
        .and.to.match(/\r\nEND:VTIMEZONE\r\n$/);
      expect(text).to.contain(`\r\nTZID:${name}\r\n`);
      expect(text).not.to.match(/[^\r]\n/);
    }
    expect(vtimezoneFor('UTC' as Zone)).to.equal('');
  });
});
