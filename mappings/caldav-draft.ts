/** A component under edit: single lines are replaced where they stand, everything else keeps its place and its bytes. */
import type { Component, Item } from './caldav-lines.ts';
import { isComponent } from './caldav-lines.ts';
import type { Property } from './caldav-write.ts';
import { lineOf } from './caldav-write.ts';

export interface Draft {
  readonly name: string;
  readonly begin: string;
  readonly end: string;
  items: Item[];
}

export const draftOf = ({ name, begin, end, items }: Component): Draft => ({ name, begin, end, items: [...items] });

/** The line end of the component itself, so that a text with bare line feeds stays one. */
export const lineEndOf = ({ begin }: Component): string => (/[^\r]\n$/.test(begin) ? '\n' : '\r\n');

/**
 * Puts these properties where the first line of that name stands, and takes all other lines of that name away. New ones
 * come after the last property, before any component inside.
 */
export function put(draft: Draft, name: string, properties: readonly Property[]): void {
  const lines = properties.map((property) => lineOf(property, lineEndOf(draft))).filter((line) => line !== null);
  const isNamed = (item: Item) => item.name === name && !isComponent(item);
  const at = draft.items.findIndex(isNamed);
  const rest = draft.items.filter((item) => !isNamed(item));
  const inner = rest.findIndex(isComponent);
  const place = at !== -1 ? at : inner === -1 ? rest.length : inner;
  draft.items = [...rest.slice(0, place), ...lines, ...rest.slice(place)];
}

export const drop = (draft: Draft, ...names: readonly string[]): void => {
  draft.items = draft.items.filter((item) => isComponent(item) || !names.includes(item.name));
};
