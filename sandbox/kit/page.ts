/** The frame of the simulators' plain pages: readable in light and dark, on a phone and by keyboard. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign]!);

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:34rem;padding:1.5rem;background:light-dark(#f6f7f9,#14171b);color:light-dark(#1a1f26,#e8ecf1)}
fieldset{border:1px solid light-dark(#d5dae1,#353c46);border-radius:.5rem;margin:0 0 1rem}
label{display:block;padding:.35rem 0;overflow-wrap:anywhere}
button{font:inherit;padding:.5rem 1.25rem;border-radius:.5rem;border:1px solid light-dark(#0b5cad,#6cb2f7);cursor:pointer}
button[value=allow]{background:#0b5cad;color:#fff}
:focus-visible{outline:3px solid light-dark(#0b5cad,#6cb2f7);outline-offset:2px}`;

/** @param body markup; whatever comes from outside was escaped by the caller */
export function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><style>${style}</style></head><body><main>${body}</main></body></html>`;
}
