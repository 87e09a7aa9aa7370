/** Builds the validator of new connections from the providers that this gateway has connectors for. */
import { z } from 'zod';
import { type ConnectionForm, connectionForms } from '../../mappings/crm-connections.ts';

export type NewConnectionBody = { readonly provider: string } & Readonly<Record<string, unknown>>;

export function connectionSchema(providers: readonly string[]): z.ZodType<NewConnectionBody> {
  const [first, ...rest] = providers.map(formOf);
  if (first === undefined) return z.looseObject({ provider: z.string() });
  return z
    .discriminatedUnion('provider', [first, ...rest], {
      error: (issue) =>
        issue.code === 'invalid_union' ? `must be one of ${providers.join(', ')}` : 'must be an object with a provider',
    })
    .meta({ id: 'NewConnection', description: "The provider and that provider's own fields" });
}

function formOf(provider: string) {
  const form = connectionForms[provider];
  const key = z.literal(provider);
  if (form === undefined) return z.looseObject({ provider: key });
  const fields = Object.entries(form.fields).map(([name, field]) => {
    const { description, isSecret, max } = field;
    const value =
      field.form === 'object'
        ? z.looseObject({}).meta({ description, ...(isSecret ? { writeOnly: true } : {}) })
        : z
            .string()
            .min(1)
            .max(max)
            .meta({ description, ...(isSecret ? { writeOnly: true, format: 'password' } : {}) });
    return [name, field.isRequired ? value : value.optional()] as const;
  });
  return z.strictObject({ provider: key, ...Object.fromEntries(fields) }).superRefine((body, context) => {
    if (form.oneOf.length > 0 && !hasOneGroup(form, new Set(Object.keys(body)))) {
      const groups = form.oneOf.map((group) => group.join(' and ')).join(', or ');
      context.addIssue({ code: 'custom', path: [missingOf(form, body)], message: `give either ${groups}` });
    }
  });
}

function hasOneGroup(form: ConnectionForm, given: ReadonlySet<string>): boolean {
  const touched = form.oneOf.filter((group) => group.some((name) => given.has(name)));
  return touched.length === 1 && touched[0]!.every((name) => given.has(name));
}

/** The field that the caller most likely forgot. */
function missingOf(form: ConnectionForm, body: Readonly<Record<string, unknown>>): string {
  const started = form.oneOf.find((group) => group.some((name) => name in body)) ?? form.oneOf[0] ?? [];
  return started.find((name) => !(name in body)) ?? started[0] ?? '';
}
