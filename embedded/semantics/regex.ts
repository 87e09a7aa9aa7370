// Turns a BSON regular expression (written for PCRE) into a JavaScript one, or refuses it: never a silent difference.
import { CommandError } from './errors.ts';

const cache = new Map<string, RegExp>();
const CACHE_SIZE = 500;

export function compileRegex(pattern: string, options: string): RegExp {
  const key = `${options}/${pattern}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const compiled = build(pattern, options);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(key, compiled);
  return compiled;
}

function build(pattern: string, options: string): RegExp {
  let source = pattern;
  let flags = options;
  const inline = /^\(\?([imsx]+)\)/.exec(source);
  if (inline !== null) {
    source = source.slice(inline[0].length);
    flags += inline[1] ?? '';
  }
  for (const flag of flags) {
    if (!'imsxu'.includes(flag)) throw new CommandError(51108, `invalid flag in regex options: ${flag}`);
  }
  if (flags.includes('x')) source = withoutLayout(source);
  const kept = [...'ims'].filter((flag) => flags.includes(flag)).join('');
  refuseForeignSyntax(source);
  return parse(withPcreEnd(source, flags.includes('m')), kept, pattern);
}

/** Unicode mode first: there `.` is a whole character. It rejects a lone brace or `\-`, which the old mode takes. */
function parse(source: string, flags: string, pattern: string): RegExp {
  // The old mode would read these as plain letters.
  const modes = /\\[pPk]/.test(source) ? ['u'] : ['u', ''];
  for (const mode of modes) {
    try {
      return new RegExp(source, flags + mode);
    } catch {}
  }
  throw new CommandError(51091, `Regular expression is invalid: ${pattern}`);
}

/** In PCRE, `$` also matches in front of a final line break. */
function withPcreEnd(source: string, isMultiline: boolean): string {
  if (isMultiline || !source.includes('$')) return source;
  return rewrite(source, (char, inClass) => (char === '$' && !inClass ? '(?=\\n?$)' : char));
}

/** The option x: white space and comments outside of classes do not count. */
function withoutLayout(source: string): string {
  let inComment = false;
  return rewrite(source, (char, inClass) => {
    if (inClass) return char;
    if (inComment) {
      inComment = char !== '\n';
      return '';
    }
    if (char === '#') inComment = true;
    return char === '#' || /\s/.test(char) ? '' : char;
  });
}

/** Maps every unescaped character, telling whether it stands in a character class. */
function rewrite(source: string, map: (char: string, inClass: boolean) => string): string {
  let result = '';
  let inClass = false;
  for (let i = 0; i < source.length; i += 1) {
    const char = source[i]!;
    if (char === '\\') {
      result += char + (source[i + 1] ?? '');
      i += 1;
      continue;
    }
    if (char === '[') inClass = true;
    if (char === ']') inClass = false;
    result += map(char, inClass);
  }
  return result;
}

/** Escapes and groups that PCRE knows and JavaScript reads as something else. */
const FOREIGN =
  /\\[AZzQEGhHKRXeagiIjJlLmMoOqTUVyY]|\\x\{|\[\[:|\(\?[>#P|&R'+\d]|\(\?[a-zA-Z-]+[:)]|[*+?]\+|\{\d+(?:,\d*)?\}\+|\(\*/;

function refuseForeignSyntax(source: string): void {
  const literal = source.replace(/\\[^a-zA-Z]/g, '');
  // What quantifies outside of a class is a plain character inside.
  const bare = literal.includes('[[:') ? literal : literal.replace(/\[[^\]]*\]/g, (set) => set.replace(/[*+?({]/g, ''));
  const foreign = FOREIGN.exec(bare);
  if (foreign !== null) {
    const message = `Regular expression is invalid: ${foreign[0]} is not supported by the embedded database`;
    throw new CommandError(51091, message);
  }
}
