// Draws one day and lets its events be dragged or moved by keys.
import { clock, wallOf } from './wall.js';

const step = 15;

/**
 * @param day `YYYY-MM-DD` in `zone`
 * @param hands what to do when an event is moved (by minutes), opened or deleted
 */
export function drawDay({ list, wholeDays, entries, day, zone, hands }) {
  const focused = document.activeElement?.dataset?.id;
  const timed = [];
  wholeDays.replaceChildren();
  for (const entry of entries) {
    if (entry.start.length === 10) wholeDays.append(item(buttonOf(entry, entry.title, hands)));
    else timed.push({ entry, ...minutesOn(day, zone, entry) });
  }
  const rows = inLanes(timed).map((place) => {
    const label = `${clock(place.from)}–${clock(place.to)} ${place.entry.title || '(no title)'}`;
    const button = buttonOf(place.entry, label, hands);
    letBeMoved(button, place, hands);
    const row = item(button);
    const vars = { at: place.from, long: place.to - place.from, lane: place.lane, lanes: place.lanes };
    for (const [name, value] of Object.entries(vars)) row.style.setProperty(`--${name}`, String(value));
    return row;
  });
  list.replaceChildren(...rows);
  if (focused !== undefined) list.querySelector(`button[data-id="${CSS.escape(focused)}"]`)?.focus();
}

function item(child) {
  const row = document.createElement('li');
  row.append(child);
  return row;
}

function buttonOf(entry, label, hands) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = entry.answer === 'needsAction' ? `${label} (invited)` : label;
  button.dataset.id = entry.id;
  if (!entry.isBusy) button.dataset.free = '';
  button.addEventListener('click', () => {
    if (button.dataset.moved === undefined) hands.open(entry);
    delete button.dataset.moved;
  });
  button.addEventListener('keydown', (press) => {
    if (press.key === 'Delete' || press.key === 'Backspace') hands.remove(entry);
  });
  return button;
}

/** From and to in minutes of this day; below 0 or above 1440 when it reaches over midnight. */
function minutesOn(day, zone, entry) {
  const start = wallOf(entry.start, zone);
  const end = wallOf(entry.end, zone);
  const from = start.day < day ? 0 : start.minute;
  return { from, to: end.day > day ? 1440 : end.minute, begins: start, length: minutesBetween(start, end) };
}

const minutesBetween = (a, b) =>
  Math.round((Date.parse(`${b.day}T00:00:00Z`) - Date.parse(`${a.day}T00:00:00Z`)) / 60_000) + b.minute - a.minute;

/** Events that overlap stand side by side. */
function inLanes(timed) {
  const sorted = [...timed].sort((a, b) => a.from - b.from || b.to - a.to);
  const groups = [];
  for (const place of sorted) {
    const last = groups.at(-1);
    if (last === undefined || place.from >= last.until) groups.push({ until: place.to, lanes: [[place]] });
    else {
      last.until = Math.max(last.until, place.to);
      const free = last.lanes.find((lane) => lane.at(-1).to <= place.from);
      if (free === undefined) last.lanes.push([place]);
      else free.push(place);
    }
  }
  return groups.flatMap(({ lanes }) =>
    lanes.flatMap((lane, at) => lane.map((place) => ({ ...place, lane: at, lanes: lanes.length }))),
  );
}

function letBeMoved(button, place, hands) {
  button.addEventListener('keydown', (press) => {
    const by = { ArrowUp: -step, ArrowDown: step }[press.key];
    if (by === undefined) return;
    press.preventDefault();
    hands.move(place, by);
  });
  button.addEventListener('pointerdown', (down) => {
    if (down.button !== 0) return;
    button.setPointerCapture(down.pointerId);
    const perMinute = button.parentElement.parentElement.clientHeight / 1440;
    let by = 0;
    const drag = (move) => {
      by = Math.round((move.clientY - down.clientY) / perMinute / step) * step;
      if (by === 0 && button.dataset.dragged === undefined) return;
      button.dataset.dragged = '';
      button.parentElement.style.setProperty('--at', String(place.from + by));
    };
    const drop = (kept) => {
      button.removeEventListener('pointermove', drag);
      if (button.dataset.dragged === undefined) return;
      delete button.dataset.dragged;
      // The click that ends a drag opens nothing.
      button.dataset.moved = '';
      if (kept && by !== 0) hands.move(place, by);
      else button.parentElement.style.setProperty('--at', String(place.from));
    };
    button.addEventListener('pointermove', drag);
    button.addEventListener('pointerup', () => drop(true), { once: true });
    button.addEventListener('pointercancel', () => drop(false), { once: true });
  });
}

export function drawHours(list) {
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const row = document.createElement('li');
    row.textContent = clock(hour * 60);
    return row;
  });
  list.replaceChildren(...hours);
}
