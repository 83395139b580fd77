import type { CheckoutPageData, PageOptions } from './contract.ts';
import type { Language } from '../words/words.ts';
import css from './checkout.css?inline';
import { escapeHtml } from './escape-html.ts';

/** How often a page without JavaScript asks again. */
const REFRESH_SECONDS = 15;
const NO_SCRIPT_CSS = '.js{display:none!important}.no-js{display:block!important}[role=tabpanel][hidden]{display:block!important}';

export const inlineStyles: readonly string[] = [css, NO_SCRIPT_CSS];

export type DocumentParts = {
  readonly language: Language;
  readonly title: string;
  readonly body: string;
  /** The payment and the words as JSON, when the page comes alive in the browser. */
  readonly alive?: CheckoutPageData;
  /** The page may still change: without JavaScript it loads itself again. */
  readonly changing?: boolean;
  readonly indexed?: boolean;
};

/** A whole HTML document with its styles inside and no inline script. */
export function htmlDocument(parts: DocumentParts, options: PageOptions): string {
  const { language, title, body, alive } = parts;
  const refresh = parts.changing ? `<meta http-equiv="refresh" content="${REFRESH_SECONDS}">` : '';
  return [
    `<!doctype html><html lang="${language.code}" dir="${language.direction}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">',
    parts.indexed ? '' : '<meta name="robots" content="noindex,nofollow">',
    `<title>${escapeHtml(title)}</title><link rel="icon" href="/favicon.svg" type="image/svg+xml">`,
    `<style>${css}</style><noscript><style>${NO_SCRIPT_CSS}</style>${refresh}</noscript>`,
    alive ? `<script type="module" src="${escapeHtml(options.script)}"></script>` : '',
    `</head><body><div id="page">${body}</div>`,
    alive ? `<script type="application/json" id="view">${jsonForHtml(alive)}</script>` : '',
    '</body></html>',
  ].join('');
}

/** JSON that cannot end its script element nor start a comment in it. */
export function jsonForHtml(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}
