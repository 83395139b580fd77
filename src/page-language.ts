import type { Request } from 'express';

/** As long as any language tag that we could know. */
const TAG = /^[a-z]{2,3}(?:-[a-z0-9]{2,8})?$/i;

/** The languages that a page is wanted in: the one that its address names (`?lang=de`), then those of the browser. `keep` carries the first on to our own links. */
export function pageLanguage(request: Request): { readonly languages: string; readonly keep: string } {
  const accepted = request.get('accept-language') ?? '';
  const named = request.query['lang'];
  if (typeof named !== 'string' || !TAG.test(named)) return { languages: accepted, keep: '' };
  return { languages: `${named},${accepted}`, keep: `?lang=${named}` };
}
