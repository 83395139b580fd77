import { createHash } from 'node:crypto';

/** Parts of a policy that single answers put something else in the place of. */
export const NO_FRAME = "frame-ancestors 'none'";
export const NO_FORM = "form-action 'none'";
export const FORM_HERE = "form-action 'self'";

/** Nothing but our own style texts and what `page` allows; no frame may hold it (safety: an address must not be swapped), but for those that the merchant names. */
export function contentPolicy(
  styles: readonly string[],
  page: { readonly script: string; readonly connect: string; readonly form: string; readonly style?: string },
): string {
  const hashes = styles.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${page.script}`,
    `style-src ${page.style ?? hashes.join(' ')}`,
    "img-src 'self'",
    `connect-src ${page.connect}`,
    "base-uri 'none'",
    `form-action ${page.form}`,
    NO_FRAME,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** Our own script and our own server. */
export function livePage(publicUrl: string) {
  return { script: "'self'", connect: `'self' ${new URL(publicUrl).origin.replace(/^http/, 'ws')}`, form: "'none'" };
}

/** As a live page, with a style file of ours: a page that is the same for everybody can keep it apart. */
export function appPage(publicUrl: string) {
  return { ...livePage(publicUrl), style: "'self'" };
}

/** A form that goes to our own server, and no script at all. */
export const FORM_PAGE = { script: "'none'", connect: "'none'", form: "'self'" };

/** A page to read: it runs, asks and sends nothing. */
export const STILL_PAGE = { script: "'none'", connect: "'none'", form: "'none'" };
