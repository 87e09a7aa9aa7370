/** `calendarView/delta`: rounds of pages behind opaque links, and everything about them that surprises. */
import { randomBytes } from 'node:crypto';
import type { Span } from '../../src/domain/time.ts';
import type { SandboxClock } from '../kit/clock.ts';
import type { Dice } from '../kit/dice.ts';
import type { Json, JsonObject } from '../kit/json.ts';
import type { Query } from './contract.ts';
import { idOf } from './ids.ts';
import type { Calendar, Item } from './model.ts';
import { breach, Refusal } from './refusal.ts';
import { bareJson, eventJson, type Sight, typeOf } from './render.ts';
import { instancesOf, isMaster, itemIn } from './series.ts';
import { readWindow, touches } from './times.ts';

export interface DeltaKnobs {
  /** Changes are seen only so long after they were made. */
  delayMs: number;
  /** No change is seen until this is let go. */
  hold: boolean;
  /** So many empty pages, each with a next link, come before the entities of a round. */
  emptyPages: number;
  /** Every page begins with the last entity of the page before. */
  repeat: boolean;
  /** A round tells so many changes again that an earlier one has told. */
  replay: number;
  /** Entities of a round come in any order. */
  shuffle: boolean;
  /** A deleted occurrence is told by a removal of its own; Exchange was never seen to do so. */
  occurrenceTombstones: boolean;
}
export const calmDelta: Readonly<DeltaKnobs> = {
  ...{ delayMs: 0, hold: false, emptyPages: 0, repeat: false, replay: 0, shuffle: false, occurrenceTombstones: false },
};

/** How tokens of an older epoch are refused. */
export interface Loss {
  readonly status: 410 | 400 | 404;
  readonly code: string;
}

export interface DeltaDesk {
  readonly knobs: DeltaKnobs;
  loss: Loss;
  /** @throws Refusal for parameters, and for a token that is lost */
  page(sight: Sight, query: Query, address: URL, pageCap: number | null): JsonObject;
  clear(): void;
}

interface Round {
  readonly calendarId: string;
  readonly path: string;
  readonly window: Span;
  readonly text: { readonly from: string; readonly to: string };
  readonly epoch: number;
  /** Where the next round goes on. */
  readonly target: number;
  readonly keys: readonly string[];
  readonly at: number;
  readonly emptyLeft: number;
}
type Token =
  | { readonly kind: 'skip'; readonly round: Round }
  | { readonly kind: 'delta'; readonly round: Omit<Round, 'keys' | 'at' | 'emptyLeft'> };

const usualPage = 10;
const goneLoss: Loss = { status: 410, code: 'fullSyncRequired' };

export function deltaDesk({ clock, chance }: { readonly clock: SandboxClock; readonly chance: Dice }): DeltaDesk {
  const knobs: DeltaKnobs = { ...calmDelta };
  const tokens = new Map<string, Token>();
  const frozen = new Map<string, number>();
  const keep = (token: Token): string => {
    const name = randomBytes(30).toString('base64url');
    tokens.set(name, token);
    return name;
  };

  function visible(calendar: Calendar): number {
    const known = frozen.get(calendar.id) ?? calendar.revision;
    if (knobs.hold) {
      frozen.set(calendar.id, known);
      return known;
    }
    frozen.delete(calendar.id);
    if (knobs.delayMs === 0) return calendar.revision;
    const first = calendar.times.find(({ at }) => at + knobs.delayMs > clock.now());
    return first === undefined ? calendar.revision : first.revision - 1;
  }

  function begin(calendar: Calendar, address: URL, query: Query): Round {
    const text = { from: query.text('startDateTime') ?? '', to: query.text('endDateTime') ?? '' };
    if (text.from === '' || text.to === '') {
      const needed =
        'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.';
      throw breach('ErrorInvalidParameter', needed);
    }
    const window = readWindow(text.from, text.to);
    const target = visible(calendar);
    const keys = arranged(initialKeys(calendar, window, target));
    const { epoch } = calendar;
    return {
      calendarId: calendar.id,
      path: address.pathname,
      window,
      text,
      epoch,
      target,
      keys,
      at: 0,
      emptyLeft: knobs.emptyPages,
    };
  }

  function goOn(calendar: Calendar, old: Omit<Round, 'keys' | 'at' | 'emptyLeft'>): Round {
    const target = Math.max(old.target, visible(calendar));
    const since = Math.max(0, old.target - knobs.replay);
    const keys = arranged(changedKeys(calendar, old.window, since, target, knobs.occurrenceTombstones));
    return { ...old, target, keys, at: 0, emptyLeft: knobs.emptyPages };
  }

  function arranged(keys: string[]): string[] {
    if (!knobs.shuffle) return keys;
    for (let at = keys.length - 1; at > 0; at -= 1) {
      const other = Math.floor(chance.roll() * (at + 1));
      [keys[at], keys[other]] = [keys[other]!, keys[at]!];
    }
    return keys;
  }

  function roundOf(calendar: Calendar, query: Query, address: URL): Round {
    const name = query.text('$skiptoken') ?? query.text('$deltatoken') ?? '';
    if (name === '') return begin(calendar, address, query);
    const token = tokens.get(name);
    if (token === undefined || token.round.calendarId !== calendar.id) {
      throw breach('ErrorInvalidUrlQuery', 'The delta token is malformed.');
    }
    if (token.round.epoch !== calendar.epoch) throw lost(token.round, address);
    return token.kind === 'skip' ? token.round : goOn(calendar, token.round);
  }

  function lost({ path, text }: Pick<Round, 'path' | 'text'>, address: URL): Refusal {
    const { status, code } = desk.loss;
    const message = 'The sync state generation is not found; an event delta must begin anew.';
    if (status !== 410) return new Refusal(status, code, message);
    const window = `startDateTime=${encodeURIComponent(text.from)}&endDateTime=${encodeURIComponent(text.to)}`;
    return new Refusal(410, code, message, {
      headers: { location: `${address.origin}${path}?${window}&$deltatoken=` },
    });
  }

  const desk: DeltaDesk = {
    knobs,
    loss: goneLoss,
    page(sight, query, address, pageCap) {
      const round = roundOf(sight.calendar, query, address);
      const size = Math.min(sight.wishes.pageSize ?? usualPage, pageCap ?? Number.POSITIVE_INFINITY);
      const isEmpty = round.emptyLeft > 0;
      const from = knobs.repeat && round.at > 0 ? round.at - 1 : round.at;
      const end = isEmpty ? round.at : Math.min(round.at + size, round.keys.length);
      const value = round.keys.slice(from, end).flatMap((key) => shown(key, sight, round.window));
      const next: Round = { ...round, at: end, emptyLeft: Math.max(0, round.emptyLeft - 1) };
      const link = (name: string, token: Token): string =>
        `${address.origin}${address.pathname}?${name}=${keep(token)}`;
      const { keys: _keys, at: _at, emptyLeft: _left, ...rest } = round;
      const isDone = !isEmpty && end >= round.keys.length;
      return {
        '@odata.context': `${address.origin}/v1.0/$metadata#Collection(event)`,
        value: isEmpty ? [] : value,
        ...(isDone
          ? { '@odata.deltaLink': link('$deltatoken', { kind: 'delta', round: rest }) }
          : { '@odata.nextLink': link('$skiptoken', { kind: 'skip', round: next }) }),
      };
    },
    clear() {
      tokens.clear();
      frozen.clear();
      Object.assign(knobs, calmDelta);
      desk.loss = goneLoss;
    },
  };
  return desk;
}

const roots = (calendar: Calendar): Item[] => [...calendar.items.values()].filter(({ of }) => of === null);

function initialKeys(calendar: Calendar, window: Span, target: number): string[] {
  return roots(calendar)
    .filter(({ changedAt }) => changedAt <= target)
    .flatMap((item) => {
      if (!isMaster(item)) return touches(item, window) ? [item.key] : [];
      const instances = instancesOf(calendar, item, window);
      return instances.length === 0 ? [] : [item.key, ...instances.map(({ key }) => key)];
    });
}

/** Also what changed outside the window, or left it, is told: as removed. */
function changedKeys(calendar: Calendar, window: Span, since: number, target: number, tombstones: boolean): string[] {
  const isNew = (revision: number): boolean => revision > since && revision <= target;
  const changed = [...calendar.items.values()].filter(({ changedAt }) => isNew(changedAt));
  const gone = [...calendar.gone].filter(([, end]) => isNew(end.revision) && (tombstones || !end.isOccurrence));
  const told = changed.flatMap((item) => {
    if (!isMaster(item)) return [item.key];
    // A change of a series fans out to its untouched occurrences.
    const bare = instancesOf(calendar, item, window).filter(({ key }) => !calendar.items.has(key));
    return [item.key, ...bare.map(({ key }) => key)];
  });
  return [...told, ...gone.map(([key]) => key)];
}

/** As it is now, not as it was when the round began. */
function shown(key: string, sight: Sight, window: Span): Json[] {
  const { calendar, wishes } = sight;
  const item = itemIn(calendar, key);
  const isThere =
    item !== null && (isMaster(item) ? instancesOf(calendar, item, window).length > 0 : touches(item, window));
  if (item === null || !isThere) {
    return [
      {
        '@odata.type': '#microsoft.graph.event',
        id: idOf(calendar.id, key, wishes.isImmutable),
        '@removed': { reason: 'deleted' },
      },
    ];
  }
  return [typeOf(item, calendar) === 'occurrence' ? bareJson(item, sight) : eventJson(item, sight, true)];
}
