/** The examples of the documentation, run as a developer would run them, on a client that is written as the tool writes it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../config/index.ts';
import { buildRegistry } from '../../connectors/registry.ts';
import * as crm from '../../docs/examples/crm.ts';
import { InterlockError, interlockClient } from '../../docs/examples/interlock-client.ts';
import * as voice from '../../docs/examples/voice-agent.ts';
import * as website from '../../docs/examples/website-widget.ts';
import { type Api, anApi, aTechnician } from '../kit/api.ts';
import { runProgram } from '../kit/programs.ts';

const root = join(import.meta.dirname, '../..');
const [from, to] = ['2027-06-02T00:00:00Z', '2027-06-03T00:00:00Z'];

describe('the examples', () => {
  let api: Api;
  let client: ReturnType<typeof interlockClient>;
  beforeEach(async () => {
    api = await anApi();
    client = interlockClient({ url: api.url, key: api.key });
  });
  afterEach(() => api.close());

  it('use the client that is generated from the OpenAPI document', async () => {
    const real = await anApi({ connectors: buildRegistry(loadConfig({})) });
    const written = await runProgram(process.execPath, [join(root, 'scripts/client.mjs'), `${real.url}/openapi.json`]);
    await real.close();
    const place = join(root, 'docs/examples/interlock-client.ts');
    const biome = join(root, 'node_modules/.bin/biome');
    const formatted = await runProgram(biome, ['format', `--stdin-file-path=${place}`], { input: written.stdout });
    const sameVersion = (text: string): string => text.replace(/(?<=Interlock API )\S+/, 'x');
    // When this fails: npm run --silent client > docs/examples/interlock-client.ts && npm run format
    expect(sameVersion(readFileSync(place, 'utf8'))).to.equal(sameVersion(formatted.stdout));
  });

  it('book on a website: two customers want the same hour, each gets one of their own', async () => {
    await aTechnician(api);
    const [one, two] = await Promise.all([website.run(client, from, to), website.run(client, from, to)]);
    expect(one.id).to.not.equal(two.id);
    expect(one.start < two.end && two.start < one.end).to.equal(false);
    const [slot] = await website.freeTimes(client, from, to);
    const holdId = await website.holdTime(client, slot!);
    expect(await website.holdTime(client, slot!)).to.equal(null);
    const first = await website.bookHeld(client, slot!, holdId!, 'form-1');
    expect((await website.bookHeld(client, slot!, holdId!, 'form-1')).id).to.equal(first.id);
  });

  it('import, move and find jobs of a CRM, and overwrite nothing that changed on the way', async () => {
    const technician = await aTechnician(api);
    const job = {
      number: 'A-1',
      title: 'Leak',
      start: '2027-06-02T10:00:00Z',
      end: '2027-06-02T11:00:00Z',
      technician,
    };
    const [first, clash] = await crm.importJobs(client, [job, { ...job, number: 'A-2' }]);
    expect(clash).to.be.a('string');
    if (typeof first !== 'object') throw new Error(first);
    expect((await crm.importJobs(client, [job]))[0]).to.deep.include({ id: first.id });
    const moved = await crm.moveJob(client, first, '2027-06-02T12:00:00Z', '2027-06-02T13:00:00Z');
    expect(moved.start).to.equal('2027-06-02T12:00:00Z');
    const stale = await crm.moveJob(client, first, '2027-06-02T14:00:00Z', '2027-06-02T15:00:00Z');
    expect(stale.start).to.equal('2027-06-02T12:00:00Z');
    expect((await crm.findJob(client, 'A-1'))?.id).to.equal(first.id);
    expect(await crm.findJob(client, 'A-9')).to.equal(null);
  });

  it('offer times on the phone, keep them, and offer anew when they ended', async () => {
    await aTechnician(api);
    const offer = await voice.offerTimes(client, 'call-1', from, to);
    expect(offer.options).to.have.length(3);
    expect((await voice.offerTimes(client, 'call-1', from, to)).id).to.equal(offer.id);
    expect(voice.spoken(offer)).to.match(/^I can offer 1: Wednesday, June 2 at .*Which one suits you\?$/);
    api.clock.advance(4 * 60_000);
    const late = await voice.accept(client, 'call-1', offer, 1);
    if (!('next' in late) || late.next === null) throw new Error('a new offer was expected');
    const done = await voice.accept(client, 'call-1', late.next, 2);
    expect('booking' in done && done.booking.status).to.equal('confirmed');
  });

  it('get problems as errors with their code, and wait where the gateway asks to', async () => {
    const error = await client.getBooking({ id: 'bkg_nobody' }).then(
      () => null,
      (e: unknown) => e,
    );
    expect(error).to.be.instanceOf(InterlockError);
    expect(error).to.have.nested.property('problem.code', 'not_found');
  });
});
