/** The job card that templates make: filled for every provider, cut to what it takes, without foreign markup. */
import { expect } from 'chai';
import fc from 'fast-check';
import { copyFormOf, starterTemplate } from '../../mappings/job-template.ts';
import type { Booking } from '../../src/domain/booking.ts';
import { describeBooking, isTemplateName, jobCard, markupFault, plainCopies } from '../../src/domain/job-words.ts';
import { templateFault } from '../../src/domain/template.ts';
import { aBookingRecord } from '../kit/booking-record.ts';

const card = (provider: string, over: object, booking: Booking = aBookingRecord()) => {
  const form = copyFormOf(provider, { ...plainCopies, ...over });
  return form === null ? describeBooking(booking) : jobCard(booking, form);
};

describe('a job card of a template', () => {
  it('by the one to start from has whom to call, where to go, what to know, and the way back', () => {
    const plain = card('caldav', starterTemplate);
    expect(plain).to.deep.equal({
      title: 'Boiler service - Kim Example',
      description: [
        ...['Kim Example', 'Phone: +49 30 901820', 'Address: 1 Example Street', ''],
        ...['Ring twice.', 'Dog.', '', 'Job JOB-42', 'https://crm.example.com/42', 'Booking bkg_1'],
      ].join('\n'),
      location: '1 Example Street',
    });
    for (const text of Object.values(starterTemplate)) expect(templateFault(text!, isTemplateName)).to.equal(null);
    expect(markupFault(starterTemplate.descriptionHtml!)).to.equal(null);
  });

  it('is HTML only where the provider shows it, and no value can add markup', () => {
    const booking = aBookingRecord({ notes: '<script>x</script>\n"&' });
    expect(card('google', { descriptionHtml: '<p>{{notes}}</p>' }, booking).description).to.equal(
      '<p>&lt;script&gt;x&lt;/script&gt;<br>&quot;&amp;</p>',
    );
    for (const other of ['outlook', 'caldav', 'another']) {
      const over = { description: 'Plain {{booking}}', descriptionHtml: '<p>{{notes}}</p>' };
      expect(card(other, over, booking).description).to.equal('Plain bkg_1');
    }
  });

  it('says the usual words where a part has no template, and where a title would be empty', () => {
    const usual = describeBooking(aBookingRecord());
    expect(card('google', {})).to.deep.equal(usual);
    expect(card('google', { title: '{{metadata.nothing}}' })).to.deep.equal(usual);
    expect(card('google', { location: '' }).location).to.equal('');
    expect(copyFormOf('caldav', { ...plainCopies, descriptionHtml: '<b>{{title}}</b>' })).to.equal(null);
  });

  it('keeps title and place on one line', () => {
    const { title, location } = card('google', { title: '{{title}}\n{{notes}}', location: '{{notes}}' });
    expect([title, location]).to.deep.equal(['Boiler service Ring twice. Dog.', 'Ring twice. Dog.']);
  });

  it('links to telephone and map without anything that a customer could slip in', () => {
    const booking = aBookingRecord({
      customer: { name: 'K', phone: '+49 (30) 90-18', email: null, timeZone: null },
      location: { address: '1 "Street" & <b>', lat: null, lng: null },
    });
    expect(card('caldav', { description: '{{link.phone}} {{link.map}}' }, booking).description).to.equal(
      'tel:+49309018 https://www.openstreetmap.org/search?query=1%20%22Street%22%20%26%20%3Cb%3E',
    );
  });

  it('never says more than its provider takes, and never ends inside a tag, an entity or a character', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '<', '&', '\n', '😀', '"'), maxLength: 9_000 });
    fc.assert(
      fc.property(text, fc.constantFrom('google', 'outlook', 'caldav'), (notes, provider) => {
        const over = {
          title: '{{notes}}',
          description: '{{notes}}',
          descriptionHtml: '<b>{{notes}}</b>',
          location: '{{notes}}',
        };
        const words = card(provider, over, aBookingRecord({ notes }));
        const { most } = copyFormOf(provider, { ...plainCopies, ...over })!;
        for (const key of ['title', 'description', 'location'] as const) {
          expect(words[key].length).to.be.at.most(most[key]);
          expect(words[key].isWellFormed()).to.equal(true);
        }
        if (provider === 'google') expect(words.description).to.not.match(/(<[^>]*|&[a-z#0-9]{0,8})…?$/);
      }),
      { numRuns: 60 },
    );
  });

  it('may use simple markup only, and links only to fixed places', () => {
    for (const good of [
      '<b>a</b><br/>',
      '<a href="https://x.example.com/{{ref}}">a</a>',
      '<a href="{{link.phone}}">b</a>',
    ]) {
      expect(markupFault(good), good).to.equal(null);
    }
    const cases = [
      '<script>',
      '<b onclick="x">',
      '<a href="javascript:x">',
      '<a href="{{notes}}">',
      '<img src="x">',
      'a < b',
    ];
    for (const bad of cases) expect(markupFault(`a\n${bad}`)?.line, bad).to.equal(2);
  });
});
