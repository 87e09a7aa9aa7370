/** What a server's refusal means for us: reads error bodies and turns them into faults. */
import { Fault, type FaultKind } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';
import { conditionsOf, readXml, type XmlElement } from './multistatus.ts';

/** A refusal in the server's own words. */
export interface Refusal {
  readonly status: number;
  /** Local names of precondition elements (RFC 4918 section 16): these decide, not the status. */
  readonly conditions: readonly string[];
  /** The href that a precondition names, as `no-uid-conflict` does (RFC 4791 section 5.3.2.1). */
  readonly href: string | null;
  /** One short line from the body, or ''. */
  readonly text: string;
  readonly retryAt: Instant | null;
}

const dayOfMs = 86_400_000;
const errorBodyLimit = 65_536;

export async function readRefusal(
  answer: { status: number; headers: Readonly<Record<string, string>>; body: AsyncIterable<Uint8Array> },
  clock: Clock,
): Promise<Refusal> {
  const raw = await startOf(answer.body);
  const parsed = await tryXml(raw);
  return {
    status: answer.status,
    conditions: parsed === null ? [] : conditionsOf(parsed),
    href: parsed === null ? null : firstHref(parsed),
    text: shortLine(parsed === null ? raw.toString('utf8').replace(/<[^>]*>/g, ' ') : messageIn(parsed)),
    retryAt: retryAtOf(answer.headers['retry-after'], clock),
  };
}

async function startOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      parts.push(part);
      size += part.length;
      if (size > errorBodyLimit) break;
    }
  } catch {
    // The status line has told what matters; a body that breaks off only costs its explanation.
  }
  return Buffer.concat(parts).subarray(0, errorBodyLimit);
}

async function tryXml(raw: Buffer): Promise<XmlElement | null> {
  if (!raw.subarray(0, 200).toString('latin1').trimStart().startsWith('<')) return null;
  try {
    const once = (async function* () {
      yield raw;
    })();
    return await readXml(once, () => {});
  } catch {
    return null; // an HTML page, or XML cut off: the raw text is used instead
  }
}

function firstHref(element: XmlElement): string | null {
  for (const child of element.children) {
    const found = child.name === 'href' ? child.text.trim() : firstHref(child);
    if (found !== null && found !== '') return found;
  }
  return null;
}

/** `message` is sabre/dav's, `responsedescription` is RFC 4918's. */
function messageIn(element: XmlElement): string {
  if (element.name === 'message' || element.name === 'responsedescription') return element.text;
  return element.children.map(messageIn).find((text) => text !== '') ?? '';
}

function shortLine(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

/** Seconds or a date (RFC 9110 section 10.2.3); never more than a day, so that a wrong clock there cannot stop us here. */
function retryAtOf(header: string | undefined, clock: Clock): Instant | null {
  if (header === undefined) return null;
  const now = clock.now();
  const at = /^\d+$/.test(header.trim()) ? now + Number(header) * 1000 : Date.parse(header);
  return Number.isNaN(at) ? null : (Math.min(Math.max(at, now), now + dayOfMs) as Instant);
}

/** `403` of Google when a quota is used up. */
const quotaWords = /rateLimitExceeded|quotaExceeded|userRateLimit/i;

function kindOf(refusal: Refusal): FaultKind {
  const { status } = refusal;
  if (refusal.conditions.includes('valid-sync-token')) return 'cursor-lost';
  if (status === 401) return 'consent';
  if (status === 429 || status === 503 || (status === 403 && quotaWords.test(refusal.text))) return 'throttled';
  if ([501, 505, 507].includes(status)) return 'invalid';
  if (status >= 500 || status === 408 || status === 423 || status === 425) return 'transient';
  return 'invalid';
}

/** A fault that still knows the refusal it was made of. */
export class Refused extends Fault {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, doing: string, kind: FaultKind = kindOf(refusal)) {
    super(kind, sentenceOf(refusal, doing, kind), { retryAt: refusal.retryAt, context: { status: refusal.status } });
    this.refusal = refusal;
  }
}

function sentenceOf(refusal: Refusal, doing: string, kind: FaultKind): string {
  if (kind === 'consent') return 'The server does not accept the user name or password.';
  return `The server refused ${doing}: ${reasonOf(refusal)}.`;
}

/**
 * The provider's own reason. Free text is left out when it repeats any of `hide` (titles, places, secrets): what goes
 * into faults and receipts ends in logs.
 */
export function reasonOf(refusal: Refusal, hide: readonly string[] = []): string {
  const leaks = hide.some((secret) => secret.length >= 3 && refusal.text.includes(secret));
  const details = [refusal.conditions.join(', '), leaks ? '' : refusal.text].filter((part) => part !== '');
  return [`status ${refusal.status}`, ...details].join(', ').replace(/\.$/, '');
}

/** The server's answer is larger than we read, or takes longer than we wait. */
export class TooLarge extends Fault {
  constructor(limitBytes: number) {
    super('transient', `The server's answer is larger than ${limitBytes} bytes.`);
  }
}
