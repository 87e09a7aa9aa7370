// Plays the technician's phone: shows a day of one calendar and does with it what a person does.
import { call, listen } from './api.js';
import { drawDay, drawHours } from './day.js';
import { addDays, clock, minuteOf, readLine, wallOf, wallText } from './wall.js';

const part = (id) => document.getElementById(id);
const state = { calendars: [], day: '', entries: [], opened: null };
const chosen = () => state.calendars.find(({ id }) => id === part('calendar').value) ?? null;

function say(sentence) {
  part('notice').textContent = sentence;
  part('notice').hidden = sentence === '';
}

/** Does one thing, shows what stood in its way, and looks again. */
async function act(work) {
  try {
    await work();
    say('');
  } catch (fault) {
    say(fault.message);
  }
  await refresh();
}

let asked = 0;
async function refresh() {
  asked += 1;
  const mine = asked;
  try {
    await readCalendars();
    const calendar = chosen();
    const wish = { calendarIds: calendar === null ? [] : [calendar.id], day: state.day };
    const { entries } = await call('phone-day', wish);
    // A later question has an answer of its own; a dragged event is not pulled away under the finger.
    if (mine !== asked || document.querySelector('[data-dragged]') !== null) return;
    state.entries = entries;
    draw();
  } catch (fault) {
    say(fault.message);
  }
}

async function readCalendars() {
  const { accounts } = await call('accounts');
  const found = accounts.flatMap(({ name, calendars }) =>
    calendars.map((calendar) => ({ ...calendar, label: calendar.isPrimary ? name : `${name}: ${calendar.name}` })),
  );
  const select = part('calendar');
  const before = select.value || new URLSearchParams(location.search).get('calendar');
  if (JSON.stringify(found) === JSON.stringify(state.calendars)) return;
  state.calendars = found;
  select.replaceChildren(...found.map(({ id, label }) => new Option(label, id)));
  if (found.some(({ id }) => id === before)) select.value = before;
}

function draw() {
  const calendar = chosen();
  if (calendar === null) say('There is no calendar yet; add an account with the control verb "account".');
  drawDay({
    ...{ list: part('events'), wholeDays: part('whole-days'), entries: state.entries, day: state.day },
    zone: calendar?.timeZone ?? 'UTC',
    hands: { move, open, remove: (entry) => act(() => removeOne(entry.id)) },
  });
}

function move(place, by) {
  const from = place.begins.minute + by;
  const { day } = place.begins;
  const wish = { start: wallText(day, from), end: wallText(day, from + place.length) };
  return act(() => call('phone-edit', { calendarId: chosen().id, eventId: place.entry.id, ...wish }));
}

const removeOne = (eventId) => call('phone-delete', { calendarId: chosen().id, eventId });

function open(entry) {
  const zone = chosen().timeZone;
  const isWhole = entry.start.length === 10;
  state.opened = entry;
  part('title').value = entry.title;
  for (const [id, time] of Object.entries({ from: entry.start, to: entry.end })) {
    part(id).value = isWhole ? '' : clock(wallOf(time, zone).minute);
    part(id).disabled = isWhole;
  }
  part('scope').hidden = entry.seriesId === null;
  part('scope').querySelector('input').checked = true;
  part('invitation').hidden = entry.answer === null;
  part('details').showModal();
}

function closed() {
  const entry = state.opened;
  const wish = part('details').returnValue;
  state.opened = null;
  if (entry === null || wish === '' || wish === 'close') return;
  if (wish === 'save') act(() => save(entry));
  else if (wish === 'delete') act(() => removeInScope(entry));
  else act(() => call('phone-answer', { calendarId: chosen().id, eventId: entry.id, answer: wish }));
}

const scope = (entry) =>
  entry.seriesId === null ? 'one' : document.querySelector('input[name="scope"]:checked').value;

function save(entry) {
  const target = { calendarId: chosen().id, eventId: entry.id };
  const changes = {
    ...(part('title').value === entry.title ? {} : { title: part('title').value }),
    ...newTimes(entry),
  };
  if (Object.keys(changes).length === 0) return Promise.resolve();
  if (scope(entry) === 'following') return call('phone-split', { ...target, ...changes });
  if (scope(entry) === 'one') return call('phone-edit', { ...target, ...changes });
  return call('phone-edit-all', { ...target, ...changes });
}

function newTimes(entry) {
  if (entry.start.length === 10) return {};
  const zone = chosen().timeZone;
  const start = wallOf(entry.start, zone);
  const end = wallOf(entry.end, zone);
  const from = minuteOf(part('from').value);
  const to = minuteOf(part('to').value);
  if (from === start.minute && to === end.minute) return {};
  const endDay = end.day === start.day && to <= from ? addDays(end.day, 1) : end.day;
  return { start: wallText(start.day, from), end: wallText(endDay, to) };
}

function removeInScope(entry) {
  if (scope(entry) === 'all') return removeOne(entry.seriesId);
  if (scope(entry) === 'one') return removeOne(entry.id);
  return call('phone-end-series', { calendarId: chosen().id, eventId: entry.id });
}

function typed(submit) {
  submit.preventDefault();
  const line = part('line').value;
  const read = readLine(line);
  act(async () => {
    const calendarId = chosen()?.id;
    if (calendarId === undefined) throw new Error('There is no calendar to write into.');
    const times =
      read === null
        ? { title: line.trim(), start: state.day, end: addDays(state.day, 1) }
        : {
            title: read.title,
            start: wallText(state.day, read.from),
            end: wallText(state.day, read.to > read.from ? read.to : read.to + 1440),
          };
    await call('phone-create', { calendarId, ...times });
    part('line').value = '';
  });
}

function show(day) {
  state.day = day;
  part('day').value = day;
  refresh();
}

drawHours(part('hours'));
part('scroll').scrollTop = part('scroll').scrollHeight * (7 / 24);
part('type').addEventListener('submit', typed);
part('details').addEventListener('close', closed);
part('calendar').addEventListener('change', refresh);
part('before').addEventListener('click', () => show(addDays(state.day, -1)));
part('after').addEventListener('click', () => show(addDays(state.day, 1)));
part('day').addEventListener('change', () => part('day').value !== '' && show(part('day').value));
listen(refresh, (isLive) => {
  part('live').textContent = isLive ? 'live' : 'not connected';
});
show(
  new URLSearchParams(location.search).get('day') ??
    wallOf(new Date().toISOString(), Intl.DateTimeFormat().resolvedOptions().timeZone).day,
);
