/** Validators of templates for calendar copies. */
import { z } from 'zod';
import { starterTemplate } from '../../mappings/job-template.ts';
import { isTemplateName, markupFault, templateNames } from '../domain/job-words.ts';
import { longestTemplate, templateFault } from '../domain/template.ts';
import { idIn, paragraphs } from './schemas.ts';

const template = (example: string | null, isHtml = false) =>
  paragraphs(longestTemplate)
    .superRefine((text, context) => {
      const fault = templateFault(text, isTemplateName) ?? (isHtml ? markupFault(text) : null);
      if (fault === null) return;
      context.addIssue({ code: 'custom', message: `line ${fault.line}, column ${fault.column}: ${fault.why}` });
    })
    .nullable()
    .optional()
    .meta({
      description: `Names: ${templateNames.join(', ')}; {{#name}}...{{/name}} where there is one, {{^name}} where not`,
      examples: [example],
    });

/** Each part by itself; null takes it back, so that the layer below counts again. */
export const copiesIn = z.strictObject({
  title: template(starterTemplate.title),
  description: template(starterTemplate.description),
  descriptionHtml: template(starterTemplate.descriptionHtml, true),
  location: template(starterTemplate.location),
  detail: z
    .enum(['full', 'template'])
    .nullable()
    .optional()
    .meta({ description: 'template: never more than the templates say, also when a copy is edited elsewhere' }),
});
export const copiesOut = z.strictObject({
  title: z.string().nullable(),
  description: z.string().nullable(),
  descriptionHtml: z.string().nullable(),
  location: z.string().nullable(),
  detail: z.enum(['full', 'template']),
});

export const copyPreviewIn = z
  .strictObject({
    calendarId: idIn('calendar').nullable().default(null).meta({ description: 'As this calendar would show it' }),
    copies: copiesIn.default({}).meta({ description: 'Templates to try, over those of the calendar or the tenant' }),
    provider: z
      .string()
      .max(40)
      .nullable()
      .default(null)
      .meta({ description: 'Whose limits count without a calendar' }),
  })
  .meta({ id: 'CopyPreviewWish', examples: [{ copies: { title: starterTemplate.title } }] });
export const copyPreviewOut = z
  .strictObject({
    title: z.string(),
    description: z.string(),
    location: z.string(),
    isHtml: z.boolean(),
    isTimeOnly: z.boolean().meta({ description: 'The calendar shares time only: of all this it shows nothing' }),
  })
  .meta({ id: 'CopyPreview', description: 'What the calendar copy would say; nothing was written' });
