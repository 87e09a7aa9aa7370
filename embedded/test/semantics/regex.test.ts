import { expect } from 'chai';
import { CommandError } from '../../semantics/errors.ts';
import { compileRegex } from '../../semantics/regex.ts';

describe('regular expressions written for PCRE', () => {
  const cases: ReadonlyArray<readonly [title: string, pattern: string, options: string, yes: string, no: string]> = [
    ['$ also matches before a final line break', 'end$', '', 'the end\n', 'end\n\n'],
    ['with m, $ is the end of every line', '^a$', 'm', 'b\na\nc', 'ab'],
    ['a dollar in a class is a dollar', '[$]5', '', '$5', '5'],
    ['an escaped dollar is a dollar', '\\$5', '', '$5', '5'],
    ['harmless escapes', 'a\\-b\\_c', '', 'a-b_c', 'abc'],
    ['quantifiers in a class are characters', '^[?+*]+$', '', '+?*', 'a'],
    ['a lone brace', 'a{', '', 'a{', 'a'],
    ['options at the start', '(?is)A.B', '', 'a\nb', 'ac'],
    ['layout and comments', ' a b # both\n c', 'x', 'abc', 'a b c'],
    ['a space in a class counts even in layout', 'a[ ]b', 'x', 'a b', 'ab'],
    ['letters beyond ASCII without regard to case', '^ÄÖ$', 'i', 'äö', 'ao'],
    ['properties of characters', '^\\p{L}+$', '', 'Grüße', '123'],
  ];
  for (const [title, pattern, options, yes, no] of cases) {
    it(title, () => {
      expect(compileRegex(pattern, options).test(yes)).to.equal(true);
      expect(compileRegex(pattern, options).test(no)).to.equal(false);
    });
  }

  it('refuse what JavaScript would read as something else', () => {
    const foreign = [
      '\\Aa',
      'a\\z',
      'a\\Z',
      '\\Qa.b\\E',
      '[[:alpha:]]',
      'a++',
      '(?>a)',
      '(?P<n>a)',
      '\\x{41}',
      'a(?i)b',
      '(',
    ];
    for (const pattern of foreign) {
      expect(() => compileRegex(pattern, ''), pattern)
        .to.throw(CommandError)
        .with.property('code', 51091);
    }
    expect(() => compileRegex('a', 'g'))
      .to.throw(CommandError)
      .with.property('code', 51108);
  });
});
