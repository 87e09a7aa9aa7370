// Draws the day: one row a resource, working time behind, bookings, busy spans and holds in front.
import { clock, minutesFrom } from './time.js';

/** An element with properties and children; text is always set as text, never as markup. */
export function el(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'vars') for (const [k, v] of Object.entries(value)) node.style.setProperty(`--${k}`, String(v));
    else if (key === 'class') node.className = value;
    else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key.includes('-') || key === 'role' || key === 'scope') node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children.filter((c) => c !== null));
  return node;
}

/**
 * @param day `YYYY-MM-DD`
 * @param rows what `GET /v1/schedule` tells
 * @param open called with (kind, entry, resource) when a bar is chosen
 */
export function drawBoard({ day, rows, now, open }) {
  if (rows.length === 0) {
    return el(
      'p',
      { class: 'empty' },
      'No resources yet. Add a technician with POST /v1/resources and attach a calendar; see API below.',
    );
  }
  const range = hoursShown(day, rows);
  const board = el('div', { class: 'board-scroll' }, drawHours(range));
  for (const row of rows) board.append(drawResource({ day, row, range, now, open }));
  return board;
}

/** From the earliest to the latest thing on the day, at least 07:00 to 19:00, whole hours. */
function hoursShown(day, rows) {
  let from = 7 * 60;
  let to = 19 * 60;
  for (const row of rows) {
    for (const span of [...row.working, ...entriesOf(row).map((e) => e.entry)]) {
      const [start, end] = edges(day, row.timeZone, span);
      // A span over the whole day (always open, all-day event) says nothing about which hours matter.
      if (end <= 0 || start >= 1440 || (start <= 0 && end >= 1440)) continue;
      from = Math.min(from, Math.max(0, start));
      to = Math.max(to, Math.min(1440, end));
    }
  }
  return { from: Math.floor(from / 60) * 60, to: Math.ceil(to / 60) * 60 };
}

function edges(day, zone, span) {
  return [minutesFrom(day, zone, Date.parse(span.start)), minutesFrom(day, zone, Date.parse(span.end))];
}

function entriesOf(row) {
  return [
    ...row.bookings.map((entry) => ({ kind: 'booking', entry })),
    ...row.busy.map((entry) => ({ kind: 'busy', entry })),
    ...row.holds.map((entry) => ({ kind: 'hold', entry })),
  ];
}

function drawHours(range) {
  const scale = el('div', {});
  for (let m = range.from; m < range.to; m += 60) {
    scale.append(
      el('span', { vars: { at: (m - range.from) / (range.to - range.from) } }, `${String(m / 60).padStart(2, '0')}`),
    );
  }
  return el('div', { class: 'hours', 'aria-hidden': 'true' }, el('div'), scale);
}

function drawResource({ day, row, range, now, open }) {
  const place = (minute) => Math.min(1, Math.max(0, (minute - range.from) / (range.to - range.from)));
  const track = el('ul', {
    class: 'track',
    'aria-label': `${row.name}, ${day}`,
    vars: { 'hour-count': (range.to - range.from) / 60 },
  });
  for (const span of row.working) {
    const [start, end] = edges(day, row.timeZone, span);
    if (place(start) >= place(end)) continue;
    const words = `working ${clock(row.timeZone, Date.parse(span.start))} to ${clock(row.timeZone, Date.parse(span.end))}`;
    track.append(
      el(
        'li',
        { class: 'working', vars: { from: place(start), to: place(end) } },
        el('span', { class: 'visually-hidden' }, words),
      ),
    );
  }
  const lanes = [];
  const disputed = new Set(row.conflicts.map((c) => c.eventId));
  const entries = entriesOf(row).sort((a, b) => Date.parse(a.entry.start) - Date.parse(b.entry.start));
  for (const { kind, entry } of entries) {
    const [start, end] = edges(day, row.timeZone, entry);
    if (place(start) >= place(end) && !(start === end && start >= range.from && start < range.to)) continue;
    const lane = firstFreeLane(lanes, start, end);
    track.append(
      el(
        'li',
        { vars: { from: place(start), to: place(end), lane } },
        drawBar({ kind, entry, row, open, disputed: disputed.has(entry.eventId) }),
      ),
    );
  }
  track.style.setProperty('--lanes', String(Math.max(1, lanes.length)));
  const minute = minutesFrom(day, row.timeZone, now);
  if (minute >= range.from && minute < range.to)
    track.append(el('li', { class: 'now', role: 'presentation', vars: { from: place(minute), to: place(minute) } }));
  return el('div', { class: 'resource' }, el('h3', {}, row.name, el('small', {}, row.timeZone)), track);
}

/** Things at the same time stand below each other; `lanes` remembers where each lane ends. */
function firstFreeLane(lanes, start, end) {
  const free = lanes.findIndex((until) => until <= start);
  if (free >= 0) {
    lanes[free] = end;
    return free;
  }
  lanes.push(end);
  return lanes.length - 1;
}

const untitled = { booking: 'Booking', busy: 'Busy', hold: 'Held' };

function drawBar({ kind, entry, row, open, disputed }) {
  const title = entry.title ?? entry.note ?? untitled[kind];
  const time = `${clock(row.timeZone, Date.parse(entry.start))}\u2013${clock(row.timeZone, Date.parse(entry.end))}`;
  const words = `${untitled[kind]}: ${time} ${title}${disputed ? ', in conflict' : ''}`;
  return el(
    'button',
    {
      type: 'button',
      class: `bar ${kind}${disputed ? ' disputed' : ''}`,
      title: words,
      'aria-label': words,
      onclick: () => open(kind, entry, row),
    },
    el('b', {}, title),
    time,
  );
}
