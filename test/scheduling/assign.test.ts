/** Who may do a job, and why not. */
import { expect } from 'chai';
import type { Resource } from '../../src/domain/resource.ts';
import { choose, rank, refusals } from '../../src/scheduling/assign.ts';
import type { Requirement } from '../../src/scheduling/desk.ts';
import { diaryOf } from '../../src/scheduling/diary.ts';
import { aRow, at, day } from '../kit/builders.ts';
import { span, technician, tenant } from '../kit/desk.ts';

const time = span('10:00', '11:00');
const window = span('2027-05-30T00:00:00Z', '2027-06-03T00:00:00Z');
const need = (over: Partial<Requirement> = {}): Requirement => ({
  kind: 'technician',
  skills: [],
  territoryId: null,
  quantity: 1,
  ...over,
});
const gas = (level: number, validUntil: string | null = null) => [
  { skill: 'gas', level, validUntil: validUntil === null ? null : day(validUntil) },
];
const diary = (resource: Resource, ...rows: readonly ReturnType<typeof aRow>[]) =>
  diaryOf(
    resource,
    [{ tenantId: tenant, resourceId: resource.id, day: day('2027-06-01'), version: 1, rows }],
    window,
    at('2027-06-01T00:00:00Z'),
  );

describe('Choosing people for a job', () => {
  it('prefers those with fewer jobs that day, then the smaller id', () => {
    const busy = diary(technician('a'), aRow(span('14:00', '15:00')), aRow(span('16:00', '17:00')));
    const some = diary(technician('b'), aRow(span('14:00', '15:00')));
    const yesterday = aRow(span('2027-05-31T10:00:00Z', '2027-05-31T11:00:00Z'));
    const idle = [diary(technician('d'), yesterday), diary(technician('c'))];
    expect(rank(need(), [busy, some, ...idle], time).map((r) => r.id)).to.deep.equal([
      'res_c',
      'res_d',
      'res_b',
      'res_a',
    ]);
  });

  it('keeps the only able one for the requirement that needs the skill', () => {
    const able = diary(technician('a', { skills: gas(2) }));
    const other = diary(technician('b'), aRow(span('14:00', '15:00')));
    const requires = [need(), need({ skills: [{ skill: 'gas', level: 2 }] })];
    expect(choose(requires, [able, other], time)).to.deep.equal(['res_b', 'res_a']);
    expect(choose(requires, [able], time)).to.equal(null);
    expect(choose([need({ quantity: 2 })], [able, other], time)).to.deep.equal(['res_a', 'res_b']);
    expect(choose([need({ quantity: 1e9 })], [able, other], time)).to.equal(null);
  });

  it('takes a skill on its last day and not on the next', () => {
    const requires = [need({ skills: [{ skill: 'gas', level: null }] })];
    expect(choose(requires, [diary(technician('a', { skills: gas(1, '2027-06-01') }))], time)).to.deep.equal(['res_a']);
    const expired = [diary(technician('a', { skills: gas(1, '2027-05-31') }))];
    expect(choose(requires, expired, time)).to.equal(null);
    expect([...refusals(requires, expired, time)]).to.have.members(['SKILL_EXPIRED', 'RESOURCE_SHORT']);
  });

  it('says each reason for which somebody was refused', () => {
    const requires = [need({ skills: [{ skill: 'gas', level: 2 }], territoryId: 'ter_north' })];
    const north = { territoryIds: ['ter_north'] };
    const crew = [
      diary(technician('a', { ...north, skills: gas(1) })),
      diary(technician('b', { skills: gas(2) })),
      diary(technician('c', { ...north, skills: gas(2) }), aRow({ kind: 'hold', ...time })),
      diary(technician('d', { ...north, skills: gas(2), overrides: [{ date: day('2027-06-01'), spans: [] }] })),
      diary(technician('e', { kind: 'vehicle' })),
    ];
    expect([...refusals(requires, crew, time)]).to.have.members([
      'SKILL_MISSING',
      'OUT_OF_TERRITORY',
      'BUSY_HOLD',
      'NOT_WORKING',
    ]);
  });

  it('says that people are too few when each requirement alone could be served', () => {
    const requires = [need(), need()];
    expect([...refusals(requires, [diary(technician('a'))], time)]).to.deep.equal(['RESOURCE_SHORT']);
  });
});
