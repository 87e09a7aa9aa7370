// Speaks to the simulator's control verbs.

/** @returns what the verb answered; throws its sentence when it could not be done */
export async function call(verb, wish = {}) {
  const response = await fetch(`_control/${verb}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `the simulator answered ${response.status}`);
  return answer;
}

/** Calls `changed` whenever anything changes, `state` when the connection comes or goes. */
export function listen(changed, state) {
  const source = new EventSource('_control/live');
  source.addEventListener('open', () => state(true));
  source.addEventListener('error', () => state(false));
  source.addEventListener('message', () => changed());
}
