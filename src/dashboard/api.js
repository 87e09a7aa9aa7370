// Talks to /v1 of the own gateway: JSON calls, and the event stream over fetch since EventSource cannot send the key.

const keyName = 'interlock-key';
export const key = {
  read: () => localStorage.getItem(keyName),
  keep: (value) => localStorage.setItem(keyName, value),
  forget: () => localStorage.removeItem(keyName),
};

/** An answer that is not ok, with the sentence of its problem document. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export async function call(path, { method = 'GET', signal, body, headers = {} } = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const authorization = `Bearer ${key.read()}`;
  const answer = await fetch(`v1/${path}`, {
    method,
    signal,
    ...sent,
    headers: { ...headers, ...type, authorization },
  });
  const told = await answer.json().catch(() => null);
  if (!answer.ok)
    throw new Problem(answer.status, told?.detail ?? told?.title ?? `The gateway answered ${answer.status}.`);
  return told;
}

/** All pages of a list. */
export async function list(path) {
  const rows = [];
  let after = null;
  do {
    const page = await call(
      `${path}${path.includes('?') ? '&' : '?'}limit=200${after === null ? '' : `&after=${encodeURIComponent(after)}`}`,
    );
    rows.push(...page.data);
    after = page.next;
  } while (after !== null);
  return rows;
}

/**
 * Follows the stream until it ends; resolves with the id of the last event seen, so that the next call goes on there.
 * `onOpen` is called when the answer has begun, `onEvent` for each event.
 */
export async function follow({ lastId, signal, onOpen, onEvent }) {
  const headers = { authorization: `Bearer ${key.read()}`, accept: 'text/event-stream' };
  if (lastId !== null) headers['last-event-id'] = lastId;
  const answer = await fetch('v1/stream', { headers, signal });
  if (!answer.ok) throw new Problem(answer.status, `The stream answered ${answer.status}.`);
  onOpen();
  let seen = lastId;
  let rest = '';
  for await (const text of chunks(answer.body.pipeThrough(new TextDecoderStream()))) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const id = /^id: ?(.*)$/m.exec(block)?.[1];
      if (id !== undefined) seen = id;
      if (/^data:/m.test(block)) onEvent();
    }
  }
  return seen;
}

async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
