/** The XML bodies that we send. */

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (c) => escapes[c]!);

const spaces = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"';
const declaration = '<?xml version="1.0" encoding="utf-8"?>\n';

function propfind(...props: readonly string[]): string {
  return `${declaration}<propfind ${spaces}><prop>${props.map((p) => `<${p}/>`).join('')}</prop></propfind>`;
}

/** Who am I, and what is here (RFC 5397, RFC 4791 section 6.2.1). */
export const findPrincipal = propfind(
  'current-user-principal',
  'resourcetype',
  'C:calendar-home-set',
  'C:calendar-user-address-set',
);

/** The calendars of a home, with all that decides whether we can use them. */
export const findCalendars = propfind(
  'resourcetype',
  'displayname',
  'current-user-privilege-set',
  'C:supported-calendar-component-set',
  'C:calendar-timezone',
);

/** What tells whether a calendar changed, and how to ask it for changes. */
export const findState = propfind('resourcetype', 'sync-token', 'supported-report-set', 'S:getctag');

/** The members of a calendar and their versions. */
export const findMembers = propfind('getetag', 'resourcetype');
export const findEtag = propfind('getetag');

/** Changes since a token (RFC 6578 section 3.2), with bodies on request where the server gives them here. */
export function syncCollection(token: string, withData: boolean): string {
  const props = withData ? '<getetag/><C:calendar-data/>' : '<getetag/>';
  const level = '<sync-level>1</sync-level>';
  return `${declaration}<sync-collection ${spaces}><sync-token>${escapeXml(token)}</sync-token>${level}<prop>${props}</prop></sync-collection>`;
}

/** Bodies of these objects (RFC 4791 section 7.9). */
export function multiget(hrefs: readonly string[]): string {
  const list = hrefs.map((href) => `<href>${escapeXml(href)}</href>`).join('');
  return `${declaration}<C:calendar-multiget ${spaces}><prop><getetag/><C:calendar-data/></prop>${list}</C:calendar-multiget>`;
}
