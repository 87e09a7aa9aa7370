import { expect } from 'chai';
import { calendarId, isCollection, memberId, pathOf, urlOf } from '../../../connectors/caldav/hrefs.ts';

const calendar = new URL('https://cal.example.com/dav/tech@example.com/work/');

describe('hrefs of a CalDAV server', () => {
  const spellings: readonly (readonly [string, string | null])[] = [
    ['/dav/tech@example.com/work/a.ics', '/dav/tech@example.com/work/a.ics'],
    ['/dav/tech%40example.com/work/a.ics', '/dav/tech@example.com/work/a.ics'],
    ['https://inner.example:8080/dav/tech%40example%2ecom/work/a.ics', '/dav/tech@example.com/work/a.ics'],
    ['a.ics', '/dav/tech@example.com/work/a.ics'],
    ['/dav/tech@example.com/work/%c3%bc b.ics', '/dav/tech@example.com/work/%C3%BC%20b.ics'],
    ['/dav/tech@example.com/work/ü b.ics', '/dav/tech@example.com/work/%C3%BC%20b.ics'],
    ['/dav/tech@example.com/work/a%2Fb.ics', '/dav/tech@example.com/work/a%2Fb.ics'],
    ['/dav/tech@example.com/work/50%.ics', '/dav/tech@example.com/work/50%25.ics'],
    ['/dav/tech@example.com/work/', null],
    ['/dav/tech@example.com/work', null],
    ['/dav/tech@example.com/work/sub/a.ics', null],
    ['/dav/tech@example.com/other/a.ics', null],
    ['/dav/tech@example.com/work/../other/a.ics', null],
    ['', null],
  ];
  for (const [href, id] of spellings) {
    it(`"${href}" names ${id ?? 'no member'}`, () => {
      expect(memberId(href, calendar)).to.equal(id);
      if (id !== null) expect(memberId(id, calendar), 'its own spelling names it again').to.equal(id);
    });
  }

  it('know the collection with and without its end slash', () => {
    expect(isCollection('/dav/tech%40example.com/work', calendar)).to.equal(true);
    expect(isCollection('/dav/tech@example.com/', calendar)).to.equal(false);
    expect(calendarId('/dav/tech%40example.com/work', calendar)).to.equal(calendar.href);
    expect(pathOf('http://[', calendar)).to.equal(null);
  });

  it('keep every request for an object on the host of its calendar', () => {
    const id = memberId('//evil.example/dav/tech@example.com/work/a.ics', calendar)!;
    expect(urlOf(calendar, id).host).to.equal('cal.example.com');
  });
});
