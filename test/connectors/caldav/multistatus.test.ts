import { expect } from 'chai';
import fc from 'fast-check';
import { BadXml, conditionsOf, type DavRow, davNs, propText, readXml } from '../../../connectors/caldav/multistatus.ts';

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function rowsOf(text: string, size = 1000): Promise<DavRow[]> {
  const rows: DavRow[] = [];
  await readXml(chunks(text, size), (row) => rows.push(row));
  return rows;
}

const answer = `<?xml version="1.0" encoding="utf-8"?>
<m:multistatus xmlns:m="DAV:" xmlns:o="urn:other">
  <m:response><m:href> /cal/a%40b.ics </m:href>
    <m:propstat><m:prop><m:getetag>"1e5"</m:getetag><o:getetag>wrong one</o:getetag></m:prop><m:status>HTTP/1.1 200 OK</m:status></m:propstat>
    <m:propstat><m:prop><m:displayname/></m:prop><m:status>HTTP/1.1 404 Not Found</m:status></m:propstat>
  </m:response>
  <response xmlns="DAV:"><href>/cal/ü.ics</href><status>HTTP/1.1 404 Not Found</status></response>
  <m:response><m:href>/cal/</m:href><m:status>HTTP/1.1 507 Insufficient Storage</m:status><m:error><m:number-of-matches-within-limits/></m:error></m:response>
  <m:sync-token>1.10</m:sync-token>
</m:multistatus>`;

describe('reading a multistatus', () => {
  it('goes by namespace, whatever the prefix, and keeps values as text', async () => {
    const [first, second, third] = await rowsOf(answer);
    expect(propText(first!, davNs, 'getetag')).to.equal('"1e5"');
    expect(propText(first!, davNs, 'displayname')).to.equal(null);
    expect(first).to.deep.include({ href: '/cal/a%40b.ics', status: null, worst: 404 });
    expect(second).to.deep.include({ href: '/cal/ü.ics', status: 404 });
    expect(third).to.deep.include({ status: 507, conditions: ['number-of-matches-within-limits'] });
  });

  it('reads the same however the bytes are cut', async () => {
    const whole = await rowsOf(answer);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), async (size) => {
        expect(await rowsOf(answer, size)).to.deep.equal(whole);
      }),
    );
  });

  it('joins text and CDATA, and decodes the five entities', async () => {
    const rows = await rowsOf(
      '<multistatus xmlns="DAV:"><response><href>/a&amp;b</href><propstat><prop><getetag>&quot;<![CDATA[<x]]>&#13;y</getetag></prop></propstat></response></multistatus>',
    );
    expect(rows[0]!.href).to.equal('/a&b');
    expect(rows[0]!.props[0]!.text).to.equal('"<x\ry');
  });

  it('understands error bodies in the namespace without the colon', async () => {
    const root = await readXml(chunks('<D:error xmlns:D="DAV"><D:valid-sync-token/></D:error>', 99), () => {});
    expect(conditionsOf(root)).to.deep.equal(['valid-sync-token']);
  });

  const bad: Readonly<Record<string, string>> = {
    'a document type': '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    'an unknown entity': '<x>&e;</x>',
    'an end too early': '<multistatus xmlns="DAV:"><response>',
    'an unbound prefix': '<d:multistatus/>',
    'a web page': '<html><body><p>Hello<br></body></html>',
    'a nest without end': '<a>'.repeat(5000),
    nothing: '',
    'plain words': 'Bad Request',
  };
  for (const [what, text] of Object.entries(bad)) {
    it(`refuses ${what}`, async () => {
      const error = await rowsOf(text).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(BadXml);
    });
  }

  it('never fails otherwise, whatever the bytes', async () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      '&',
      ';',
      '"',
      '<multistatus xmlns="DAV:">',
      '<response>',
      '</response>',
      '<href>',
      'a',
      ' ',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '\u0000',
      'ü',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 30 }), async (parts) => {
        const error = await rowsOf(parts.join('')).then(
          () => null,
          (e: unknown) => e,
        );
        expect(error === null || error instanceof BadXml).to.equal(true);
      }),
    );
  });
});
