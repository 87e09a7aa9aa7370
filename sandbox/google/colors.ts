/** `colors.get`: the palettes by their numbers. */
import type { JsonObject } from '../kit/json.ts';

const events = [
  '#a4bdfc',
  '#7ae7bf',
  '#dbadff',
  '#ff887c',
  '#fbd75b',
  '#ffb878',
  '#46d6db',
  '#e1e1e1',
  '#5484ed',
  '#51b749',
  '#dc2127',
];
const calendars = [
  '#ac725e',
  '#d06b64',
  '#f83a22',
  '#fa573c',
  '#ff7537',
  '#ffad46',
  '#42d692',
  '#16a765',
  '#7bd148',
  '#b3dc6c',
];

const palette = (colours: readonly string[]): JsonObject =>
  Object.fromEntries(colours.map((background, at) => [String(at + 1), { background, foreground: '#1d1d1d' }]));

export const colors: JsonObject = {
  kind: 'calendar#colors',
  updated: '2012-02-14T00:00:00.000Z',
  calendar: palette(calendars),
  event: palette(events),
};
