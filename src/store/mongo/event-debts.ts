/** Who owes rows near a claim: asked by every claim, so that claims at one moment ask together. */
import type { ResourceId, TenantId } from '../../domain/ids.ts';
import type { Instant, Span } from '../../domain/time.ts';
import type { EventCollection, EventDoc } from './event-document.ts';
import { together } from './together.ts';

interface Asked {
  readonly tenantId: TenantId;
  /** Null: of any resource. */
  readonly resourceIds: readonly ResourceId[] | null;
  readonly span: Span;
  readonly limit: number;
}
type Debt = Pick<EventDoc, '_id' | 'resources' | 'sheetDebt' | 'spanEnd'>;

/** The index of debts is the shortest way: hardly any event has one. */
const filterOf = ({ tenantId, resourceIds, span }: Omit<Asked, 'limit'>): object => ({
  tenantId,
  deletedAt: { $exists: false },
  sheetDebt: { $gte: Number.MIN_SAFE_INTEGER, $lt: span.end },
  spanEnd: { $gt: span.start },
  ...(resourceIds === null ? {} : { resources: { $in: resourceIds } }),
});

export function debtsTogether({
  model,
}: Pick<EventCollection, 'model'>): (asked: Asked) => Promise<readonly EventDoc[]> {
  const alone = (asked: Asked) => model.find(filterOf(asked)).limit(asked.limit).lean<EventDoc[]>();
  /** Of one tenant: one look over all that was asked, then the whole documents of those that concern somebody. */
  const ofTenant = async (asked: readonly Asked[]): Promise<readonly (readonly EventDoc[])[]> => {
    if (asked.length === 1) return [await alone(asked[0]!)];
    const most = Math.min(...asked.map(({ limit }) => limit));
    const wide = model.find(filterOf(around(asked)), { resources: 1, sheetDebt: 1, spanEnd: 1 });
    const debts = await wide.limit(most).lean<Debt[]>();
    // Cut off: what one of them asked for may be missing.
    if (debts.length >= most) return Promise.all(asked.map(alone));
    const concerned = debts.filter((debt) => asked.some((one) => concerns(one, debt)));
    if (concerned.length === 0) return asked.map(() => []);
    const ids = concerned.map((debt) => debt._id);
    const docs = await model.find({ ...filterOf(around(asked)), _id: { $in: ids } }).lean<EventDoc[]>();
    return asked.map((one) => docs.filter((doc) => concerns(one, doc)));
  };
  return together(async (asked) => {
    const answers = new Map<Asked, readonly EventDoc[]>();
    const tenants = [...new Set(asked.map(({ tenantId }) => tenantId))];
    await Promise.all(
      tenants.map(async (tenantId) => {
        const mine = asked.filter((one) => one.tenantId === tenantId);
        const found = await ofTenant(mine);
        for (const [i, one] of mine.entries()) answers.set(one, found[i]!);
      }),
    );
    return asked.map((one) => answers.get(one)!);
  });
}

function around(asked: readonly Asked[]): Omit<Asked, 'limit'> {
  const isOfAny = asked.some(({ resourceIds }) => resourceIds === null);
  const start = Math.min(...asked.map(({ span }) => span.start)) as Instant;
  const end = Math.max(...asked.map(({ span }) => span.end)) as Instant;
  const resourceIds = isOfAny ? null : [...new Set(asked.flatMap((one) => one.resourceIds ?? []))];
  return { tenantId: asked[0]!.tenantId, resourceIds, span: { start, end } };
}

const concerns = ({ span, resourceIds }: Asked, debt: Debt): boolean =>
  debt.sheetDebt !== undefined &&
  debt.sheetDebt < span.end &&
  debt.spanEnd > span.start &&
  (resourceIds === null || debt.resources.some((id) => resourceIds.includes(id)));
