/** Templates: what they fill in, what they leave out, and where a bad one is bad. */
import { expect } from 'chai';
import fc from 'fast-check';
import { longestTemplate, renderTemplate, templateFault } from '../../src/domain/template.ts';

const values: Readonly<Record<string, string>> = { name: 'Kim', phone: '', notes: 'Ring twice.\nDog.' };
const fill = (source: string) => renderTemplate(source, (name) => values[name] ?? '');
const fault = (source: string) => templateFault(source, (name) => Object.hasOwn(values, name));

describe('a template', () => {
  it('fills in names and keeps the rest as it is', () => {
    expect(fill('Dear {{name}}, {{ notes }}')).to.equal('Dear Kim, Ring twice.\nDog.');
    expect(fill('{ {name} } }}')).to.equal('{ {name} } }}');
  });

  it('leaves out a line whose names are all empty, and closes the gap', () => {
    expect(fill('{{name}}\n\nPhone: {{phone}}\n\nBye')).to.equal('Kim\n\nBye');
    expect(fill('{{name}} {{phone}}')).to.equal('Kim');
  });

  it('shows a section only where its name has a value, and the inverted one only where it has none', () => {
    expect(fill('a{{#name}}b{{/name}}{{^name}}c{{/name}}')).to.equal('ab');
    expect(fill('a{{#phone}}b{{/phone}}{{^phone}}c{{/phone}}')).to.equal('ac');
    expect(fill('x\n{{#name}}\nIn\n{{/name}}\ny')).to.equal('x\nIn\ny');
    expect(fill('{{#name}}{{#phone}}b{{/phone}}{{^phone}}d{{/phone}}{{/name}}')).to.equal('d');
  });

  it('never fills in what a value says', () => {
    expect(renderTemplate('{{name}}', () => '{{phone}} {{#x}}')).to.equal('{{phone}} {{#x}}');
  });

  it('that is bad is refused with its place', () => {
    const cases: [string, number, number, string][] = [
      ['a\n {{fone}}', 2, 2, 'there is nothing called "fone"'],
      ['{{name', 1, 1, '{{ is never closed by }}'],
      ['{{}}', 1, 1, 'between {{ and }} must stand one name'],
      ['{{name phone}}', 1, 1, 'between {{ and }} must stand one name'],
      ['{{#name}}a', 1, 1, '{{#name}} is never closed'],
      ['a{{/name}}', 1, 2, '{{/name}} closes what is not open'],
      ['{{#name}}{{/phone}}{{/name}}', 1, 10, '{{/phone}} closes what is not open'],
      ['{{constructor}}', 1, 1, 'there is nothing called "constructor"'],
      ['{{#name}}'.repeat(6), 1, 46, 'sections lie more than 5 deep'],
      ['x'.repeat(longestTemplate + 1), 1, longestTemplate + 1, `has more than ${longestTemplate} characters`],
    ];
    for (const [source, line, column, why] of cases) expect(fault(source), source).to.deep.equal({ line, column, why });
    expect(fault('{{#name}}{{phone}}{{/name}}')).to.equal(null);
    expect(fill('{{name')).to.equal(null);
  });

  it('is judged or filled without a throw, whatever it says', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '#',
      '/',
      '^',
      'name',
      'phone',
      ' ',
      '\n',
      '{{name}}',
      '{{/name}}',
      '<b>',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const source = pieces.join('');
        expect(fill(source) === null).to.equal(templateFault(source, () => true) !== null);
      }),
    );
  });
});
