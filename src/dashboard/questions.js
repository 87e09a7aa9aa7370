// What waits for a person: open conflicts with their choices, and mass changes that are held back.
import { call, Problem } from './api.js';
import { el } from './board.js';
import { clock, dayIn } from './time.js';

const words = {
  edit: { ours: 'Keep ours', theirs: 'Take theirs' },
  removed: { ours: 'Write the copy again', theirs: 'Cancel the booking' },
  'remove-versus-edit': { ours: 'Keep what was done here', theirs: 'Keep what was done there' },
  overlap: {
    move: 'Move the booking',
    both: 'Accept both',
    theirs: 'Cancel the booking',
    ours: 'Cancel the other booking',
  },
  loop: { ours: 'Write ours once more', theirs: 'Take theirs' },
};
/** The order in which choices are offered: what changes least comes first. */
const order = ['move', 'both', 'ours', 'theirs'];
const kinds = {
  edit: 'Changed on both sides',
  removed: 'Deleted in the calendar',
  'remove-versus-edit': 'Deleted on one side, changed on the other',
  overlap: 'Two at one time',
  loop: 'A calendar that changes everything again',
};

const wordFor = (conflict, choice) => words[conflict.kind]?.[choice] ?? choice;
const cancels = (conflict, choice) => /^Cancel/.test(wordFor(conflict, choice));

/**
 * @param on `done(sentence)` after something was decided, `failed(error)` when it could not be
 */
export function drawConflicts(conflicts, zoneOf, on) {
  return conflicts.map((conflict) => {
    const id = `sentence-${conflict.id}`;
    const choices = order.filter((choice) => conflict.choices.includes(choice));
    return el(
      'li',
      { role: 'group', 'aria-labelledby': id },
      el('p', { id }, el('b', {}, `${kinds[conflict.kind] ?? conflict.kind}. `), conflict.sentence),
      el(
        'div',
        { class: 'choices' },
        ...choices.map((choice) =>
          el(
            'button',
            {
              type: 'button',
              class: cancels(conflict, choice) ? 'grave' : '',
              'aria-describedby': id,
              'data-key': `${conflict.id} ${choice}`,
              onclick: () => choose(conflict, choice, zoneOf, on),
            },
            `${wordFor(conflict, choice)}${choice === 'move' || cancels(conflict, choice) ? '\u2026' : ''}`,
          ),
        ),
      ),
    );
  });
}

async function choose(conflict, choice, zoneOf, on) {
  if (choice === 'move') return void askWhere(conflict, zoneOf, on);
  const isSure = !cancels(conflict, choice) || (await confirmed(`${wordFor(conflict, choice)}?`, conflict.sentence));
  if (isSure) await decide(conflict, { choice }, on);
}

async function decide(conflict, body, on) {
  try {
    const headers = { 'if-match': `"${conflict.version}"` };
    const decided = await call(`conflicts/${conflict.id}/resolve`, { method: 'POST', body, headers });
    on.done(
      decided.choice === null ? 'It was over before anybody chose.' : `Decided: ${wordFor(conflict, body.choice)}.`,
    );
    return true;
  } catch (error) {
    const isOld = error instanceof Problem && error.status === 412;
    on.failed(isOld ? new Problem(412, 'It was changed meanwhile. Look at it again, then choose.') : error);
    return false;
  }
}

/** A dialog that ends with the value of the button that was pressed; Escape is a no. */
function ask(label, ...content) {
  const dialog = el('dialog', { 'aria-label': label }, ...content);
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      resolve(dialog.returnValue);
      dialog.remove();
    });
    dialog.showModal();
  });
}

const buttons = (yes) =>
  el(
    'div',
    { class: 'choices' },
    el('button', { type: 'submit', value: 'no', formNoValidate: true, autofocus: true }, 'Leave it'),
    el('button', { type: 'submit', value: 'yes', class: 'grave' }, yes),
  );

async function confirmed(question, sentence) {
  const yes = question.replace(/\?$/, '');
  const form = el('form', { method: 'dialog' }, el('h2', {}, question), el('p', {}, sentence), buttons(yes));
  return (await ask(question, form)) === 'yes';
}

/** Free times as the gateway finds them now; a taken one is answered with what is free instead. */
async function askWhere(conflict, zoneOf, on) {
  let fresh;
  try {
    fresh = await call(`conflicts/${conflict.id}`);
  } catch (error) {
    return on.failed(error);
  }
  const zone = zoneOf(conflict.resourceId);
  if (fresh.alternatives.length === 0) return on.failed(new Problem(409, 'No free time was found near it.'));
  const options = fresh.alternatives.map((slot, i) =>
    el(
      'label',
      {},
      el('input', { type: 'radio', name: 'slot', value: slot.start, required: true, checked: i === 0 }),
      ` ${dayIn(zone, Date.parse(slot.start))} ${clock(zone, Date.parse(slot.start))}\u2013${clock(zone, Date.parse(slot.end))}`,
    ),
  );
  const form = el(
    'form',
    { method: 'dialog' },
    el('h2', {}, 'Move the booking'),
    el('fieldset', {}, el('legend', {}, `Free times (${zone})`), ...options),
    buttons('Move it there'),
  );
  if ((await ask('Move the booking', form)) !== 'yes') return;
  const start = new FormData(form).get('slot');
  await decide({ ...conflict, version: fresh.version }, { choice: 'move', start }, on);
}

/** Calendars whose last read would remove or move a mass of events. */
export function drawAlarms(calendars, zoneOf, on) {
  return calendars
    .filter((calendar) => calendar.sync.alarm !== null && calendar.sync.alarm.approvedAt === null)
    .map((calendar) => {
      const { alarm } = calendar.sync;
      const id = `alarm-${calendar.id}`;
      const zone = zoneOf(calendar.resourceId);
      const time = (from, to) =>
        `${dayIn(zone, Date.parse(from))} ${clock(zone, Date.parse(from))}\u2013${clock(zone, Date.parse(to))}`;
      const changes = alarm.changes.map((c) => {
        const what = c.title ?? 'Busy';
        const where = c.change === 'remove' ? 'would be removed' : `would move to ${time(c.newStart, c.newEnd)}`;
        return el('li', {}, `${time(c.start, c.end)} ${what}: ${where}`);
      });
      const more = alarm.wouldRemove + alarm.wouldMove - changes.length;
      return el(
        'li',
        { role: 'group', 'aria-labelledby': id },
        el('p', { id }, el('b', {}, `${calendar.name}. `), alarm.sentence),
        el(
          'details',
          {},
          el('summary', {}, `What would happen (${zone})`),
          el('ul', {}, ...changes, more > 0 ? el('li', {}, `and ${more} more`) : null),
        ),
        el(
          'div',
          { class: 'choices' },
          el(
            'button',
            {
              type: 'button',
              class: 'grave',
              'aria-describedby': id,
              'data-key': `${calendar.id} approve`,
              onclick: () => approve(calendar, on),
            },
            `Approve for ${calendar.name}\u2026`,
          ),
        ),
      );
    });
}

async function approve(calendar, on) {
  const { alarm } = calendar.sync;
  if (!(await confirmed(`Approve for ${calendar.name}?`, alarm.sentence))) return;
  try {
    const body = { alarmId: alarm.id };
    const report = await call(`calendars/${calendar.id}/approve?wait=10`, { method: 'POST', body });
    on.done(report.outcome === 'alarm' ? report.detail : `Approved for ${calendar.name}.`);
  } catch (error) {
    on.failed(error instanceof Problem && error.status === 412 ? new Problem(412, error.message) : error);
  }
}
