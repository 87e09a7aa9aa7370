// The board's life: the key, the day shown, loading, and following the stream.
import { call, follow, key, list, Problem } from './api.js';
import { drawBoard, el } from './board.js';
import { drawAlarms, drawConflicts } from './questions.js';
import { addDays, clock, dayIn, longDay, since } from './time.js';

const $ = (id) => document.getElementById(id);
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const state = { day: dayIn(ownZone, Date.now()), run: null, loading: false, again: false, keepsNotice: false };

function say(words) {
  $('notice').hidden = words === null;
  $('notice').textContent = words ?? '';
}

function showLive(name, words) {
  $('live').dataset.state = name;
  $('live').textContent = words;
}

function askKey(reason) {
  $('key-error').hidden = reason === null;
  $('key-error').textContent = reason ?? '';
  if (!$('key-dialog').open) $('key-dialog').showModal();
  $('key').focus();
}

/** Loads once at a time; what is asked meanwhile is loaded right after, once. */
async function load(keepsNotice = false) {
  state.keepsNotice = keepsNotice;
  if (state.loading) {
    state.again = true;
    return;
  }
  state.loading = true;
  try {
    do {
      state.again = false;
      await draw();
    } while (state.again);
  } catch (error) {
    handle(error);
  } finally {
    state.loading = false;
  }
}

function handle(error) {
  if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
    stop();
    askKey(error.status === 401 ? 'This key is not known here.' : error.message);
  } else say(error instanceof Problem ? error.message : 'The gateway cannot be reached. Trying again.');
}

async function draw() {
  const day = state.day;
  const from = `${addDays(day, -1)}T00:00:00Z`;
  const to = `${addDays(day, 2)}T00:00:00Z`;
  const [schedule, calendars, conflicts] = await Promise.all([
    call(`schedule?from=${from}&to=${to}`),
    list('calendars'),
    list('conflicts?state=open'),
  ]);
  if (day !== state.day) return;
  if (!state.keepsNotice) say(null);
  $('board-title').textContent = longDay(day);
  $('day').value = day;
  keepFocus(() => {
    $('board').replaceChildren(drawBoard({ day, rows: schedule.data, now: Date.now(), open: showDetails }));
    $('calendars').replaceChildren(drawCalendars(calendars, schedule.data));
    drawQuestions(conflicts, calendars, schedule.data);
  });
}

function drawQuestions(conflicts, calendars, rows) {
  const zones = new Map(rows.map((r) => [r.resourceId, r.timeZone]));
  const zoneOf = (id) => zones.get(id) ?? ownZone;
  const on = {
    done(sentence) {
      $('decided').textContent = sentence;
      void load();
    },
    failed(error) {
      handle(error);
      void load(true);
    },
  };
  const alarms = drawAlarms(calendars, zoneOf, on);
  $('alarms-section').hidden = alarms.length === 0;
  redrawList($('alarms'), alarms);
  $('conflicts-section').hidden = conflicts.length === 0;
  redrawList($('conflicts'), drawConflicts(conflicts, zoneOf, on));
}

/** Leaves a list alone that says the same: an opened detail stays open, a button under the finger stays there. */
function redrawList(list, items) {
  const same =
    list.children.length === items.length &&
    items.every((item, i) => item.textContent === list.children[i].textContent);
  if (!same) list.replaceChildren(...items);
}

/** Redrawing must not throw a keyboard user back to the top. */
function keepFocus(redraw) {
  const label = document.activeElement?.getAttribute('aria-label');
  const name = document.activeElement?.dataset.key;
  redraw();
  if (name)
    for (const node of document.querySelectorAll('[data-key]')) if (node.dataset.key === name) return node.focus();
  if (label)
    for (const node of document.querySelectorAll('#board button, #calendars button'))
      if (node.getAttribute('aria-label') === label) return node.focus();
}

const stateWords = {
  listing: 'first reading',
  live: 'live',
  polling: 'polling',
  degraded: 'degraded',
  stopped: 'stopped',
};

function drawCalendars(calendars, rows) {
  if (calendars.length === 0) return el('p', { class: 'empty' }, 'No calendar is attached yet.');
  const names = new Map(rows.map((r) => [r.resourceId, r.name]));
  const body = el('tbody');
  for (const c of calendars) {
    const stale = c.sync.lastSyncedAt === null ? 'never read' : `read ${since(c.sync.staleForMs)} ago`;
    body.append(
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, c.name),
        el('td', {}, names.get(c.resourceId) ?? c.resourceId),
        el(
          'td',
          {},
          el('span', { class: 'state', 'data-state': c.sync.state }, stateWords[c.sync.state] ?? c.sync.state),
        ),
        el('td', {}, stale),
        el('td', {}, String(c.sync.pending)),
        el('td', {}, c.sync.why.join(' ')),
        el(
          'td',
          {},
          el('button', { type: 'button', 'aria-label': `Sync ${c.name} now`, onclick: () => syncNow(c) }, 'Sync now'),
        ),
      ),
    );
  }
  const head = ['Calendar', 'Resource', 'State', 'Age', 'To write', 'Reason', ''].map((h) =>
    el('th', { scope: 'col' }, h),
  );
  return el('table', {}, el('thead', {}, el('tr', {}, ...head)), body);
}

async function syncNow(calendar) {
  try {
    await call(`calendars/${calendar.id}/sync?wait=10`, { method: 'POST' });
    await load();
  } catch (error) {
    handle(error);
  }
}

function showDetails(kind, entry, row) {
  const facts = [
    ['What', entry.title ?? entry.note ?? { booking: 'Booking', busy: 'Busy in a calendar', hold: 'Held' }[kind]],
    [
      'When',
      `${clock(row.timeZone, Date.parse(entry.start))}\u2013${clock(row.timeZone, Date.parse(entry.end))} (${row.timeZone})`,
    ],
    ['Who', row.name],
    ['Customer', entry.customer?.name],
    ['Phone', entry.customer?.phone],
    ['Address', entry.location?.address],
    ['State', entry.status],
    ['Ends by itself', entry.expiresAt && clock(row.timeZone, Date.parse(entry.expiresAt))],
    ['Id', entry.id],
  ].filter(([, value]) => value);
  const dialog = el(
    'dialog',
    { id: 'details', 'aria-label': 'Details' },
    el('dl', {}, ...facts.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, String(value))])),
    el('form', { method: 'dialog' }, el('button', { type: 'submit' }, 'Close')),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function stop() {
  state.run?.abort();
  state.run = null;
  showLive('off', 'not connected');
}

/** Calls `work` once, `ms` after the first of several asks. */
function delayed(ms, work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      void work();
    }, ms);
  };
}

/** Follows the stream for ever, with growing pauses when it breaks; every event reloads, at most twice a second. */
async function start() {
  stop();
  const run = new AbortController();
  state.run = run;
  let lastId = null;
  let pause = 500;
  const soon = delayed(500, () => load(state.keepsNotice));
  await load();
  while (!run.signal.aborted) {
    try {
      lastId = await follow({
        lastId,
        signal: run.signal,
        onOpen: () => {
          pause = 500;
          showLive('on', 'live');
          soon();
        },
        onEvent: soon,
      });
    } catch (error) {
      if (run.signal.aborted) return;
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) return handle(error);
    }
    if (run.signal.aborted) return;
    showLive('lost', 'connection lost, trying again');
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 15_000);
  }
}

function goTo(day) {
  state.day = day;
  void load();
}

$('day-before').addEventListener('click', () => goTo(addDays(state.day, -1)));
$('day-after').addEventListener('click', () => goTo(addDays(state.day, 1)));
$('today').addEventListener('click', () => goTo(dayIn(ownZone, Date.now())));
$('day').addEventListener('change', () => $('day').value && goTo($('day').value));
$('change-key').addEventListener('click', () => askKey(null));
$('key-form').addEventListener('submit', () => {
  key.keep($('key').value.trim());
  $('key').value = '';
  void start();
});
// Ages grow and holds end without any event.
setInterval(() => state.run && document.visibilityState === 'visible' && load(), 30_000);

$('day').value = state.day;
if (key.read() === null) askKey(null);
else void start();
