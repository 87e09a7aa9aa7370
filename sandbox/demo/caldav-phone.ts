/** Cleo's phone: the CalDAV collection that the gateway writes to, read and edited as text like any CalDAV app does. */

export interface CaldavPhone {
  /** Names of the entries whose text contains this. */
  find(words: string): Promise<readonly string[]>;
  /** Types an event; times in UTC. */
  type(o: { readonly title: string; readonly start: string; readonly end: string }): Promise<void>;
}

const stamp = (iso: string): string => `${new Date(iso).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

export function caldavPhone(collection: string): CaldavPhone {
  return {
    async find(words) {
      const body = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>';
      const answer = await fetch(collection, { method: 'PROPFIND', headers: { depth: '1' }, body });
      const names = [...(await answer.text()).matchAll(/<D:href>([^<]+\.ics)</g)].map((m) => m[1]!);
      const found: string[] = [];
      for (const name of names) {
        const text = await (await fetch(new URL(name, collection))).text();
        if (text.includes(words)) found.push(name);
      }
      return found;
    },
    async type({ title, start, end }) {
      const uid = `cleo-${stamp(start)}`;
      const lines = [
        ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//demo//EN', 'BEGIN:VEVENT', `UID:${uid}`],
        ...[`DTSTAMP:${stamp(start)}`, `DTSTART:${stamp(start)}`, `DTEND:${stamp(end)}`, `SUMMARY:${title}`],
        ...['END:VEVENT', 'END:VCALENDAR', ''],
      ];
      const answer = await fetch(new URL(`${uid}.ics`, collection), { method: 'PUT', body: lines.join('\r\n') });
      if (answer.status !== 201) throw new Error(`the CalDAV server answered ${answer.status}`);
    },
  };
}
