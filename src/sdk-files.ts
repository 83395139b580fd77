import type { Express, Request, Response } from 'express';
import type { WebFile } from './web-files.ts';
import type { Log } from './lib/log.ts';
import { join } from 'node:path';
import { builtFolder, loadedOnce, readWebFile, sendWebFile } from './web-files.ts';

/** The address that stands in the built files; each server puts its own there. */
const API_IN_FILE = 'https://api.avopay.dev';
/** An hour: a shop's visitors fetch it once, and a mend reaches all of them the same day. */
const SDK_CACHE = 'public, max-age=3600';
/** The name carries a hash of the content. */
const PINNED_CACHE = 'public, max-age=31536000, immutable';
/** Of 64 characters of a SHA-384 in base64: enough to tell releases apart, and no slash or plus among them. */
const PIN_CHARS = 12;

export type Sdk = {
  readonly files: { readonly [path: string]: WebFile };
  /** A name that never changes its content, for subresource integrity. */
  readonly pinned: { readonly path: string; readonly integrity: string };
};

/** The browser SDK as this server gives it away. @throws Error when it is not built. */
export function readSdk(apiUrl: string): Sdk {
  const read = (name: string) => readWebFile(join(builtFolder(), 'sdk', name), (text) => text.replaceAll(API_IN_FILE, apiUrl));
  const script = read('avopay.js');
  const pin = script.integrity.slice('sha384-'.length).replace(/\W/g, '').slice(0, PIN_CHARS);
  const pinned = { path: `/js/avopay-${pin}.js`, integrity: script.integrity };
  return { files: { '/js/avopay.js': script, '/js/avopay.mjs': read('avopay.mjs'), [pinned.path]: script }, pinned };
}

export type SdkDeps = { readonly apiUrl: string; readonly log?: Log };

/** `/js/avopay.js` and `/js/avopay.mjs`, for the pages of any site. */
export function mountSdk(app: Express, deps: SdkDeps): void {
  const sdk = loadedOnce(async () => readSdk(deps.apiUrl), deps.log);
  app.get('/js/:name', async (request: Request, response: Response) => {
    const loaded = await sdk();
    if (!loaded)
      return void response
        .status(503)
        .set('cache-control', 'no-store')
        .json({ error: 'The SDK of this server is not built', code: 'not_built' });
    // Module scripts and integrity checks need it, and pages that isolate themselves.
    response.set({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
    const file = Object.hasOwn(loaded.files, request.path) ? loaded.files[request.path] : undefined;
    sendWebFile(request, response, file, request.path === loaded.pinned.path ? PINNED_CACHE : SDK_CACHE);
  });
}
