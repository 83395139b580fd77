import type { Express, Request, Response } from 'express';
import type { OpenApi } from '../rest-adapter/openapi/document.ts';
import type { DocsFacts, DocsPage, DocsRenderer } from '../web/docs/contract.ts';
import type { Log } from './lib/log.ts';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { docsFacts } from './docs-facts.ts';
import { contentPolicy, STILL_PAGE } from './page-policy.ts';
import { readSdk } from './sdk-files.ts';
import { builtFolder, loadedOnce, sendCompressed } from './web-files.ts';

export type DocsDeps = {
  readonly openApi: OpenApi;
  readonly apiUrl: string;
  readonly publicUrl: string;
  readonly sandbox: boolean;
  readonly termsUrl?: string | null;
  readonly log?: Log;
};

/** It changes with a release of the server only. */
const DOCS_CACHE = 'public, max-age=300';
const PAGES: readonly DocsPage[] = ['', 'payments', 'links', 'sdk', 'webhooks', 'agents', 'errors', 'testing', 'reference'];

type Docs = { readonly renderer: DocsRenderer; readonly facts: DocsFacts; readonly policy: string };

/** `/docs`, its chapters, and `/llms.txt`: for people and agents, without any script. */
export function mountDocs(app: Express, deps: DocsDeps): void {
  const docs = loadedOnce(() => loadDocs(deps), deps.log);
  const send = async (request: Request, response: Response, type: string, make: (docs: Docs) => string) => {
    const loaded = await docs();
    if (!loaded)
      return void response.status(503).type('text/plain').send('The pages of this server are not built. Run: npm run build:web\n');
    const body = Buffer.from(make(loaded));
    response.set({
      ...{ 'content-type': `${type}; charset=utf-8`, 'cache-control': DOCS_CACHE, 'content-security-policy': loaded.policy },
      ...{
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      },
    });
    sendCompressed(request, response, body, () => gzipSync(body));
  };
  for (const page of PAGES) {
    app.get(page === '' ? '/docs' : `/docs/${page}`, (request, response) =>
      send(request, response, 'text/html', ({ renderer, facts }) => renderer.docsPage(page, facts)),
    );
  }
  app.get('/llms.txt', (request, response) => send(request, response, 'text/plain', ({ renderer, facts }) => renderer.llmsText(facts)));
}

/** @throws Error when `web/dist` is not built. */
async function loadDocs(deps: DocsDeps): Promise<Docs> {
  const bundle = pathToFileURL(join(builtFolder(), 'server', 'docs.js')).href;
  const renderer = (await import(/* @vite-ignore */ bundle)) as DocsRenderer; // built from web/docs/render.tsx
  const facts = docsFacts({ ...deps, sdk: readSdk(deps.apiUrl).pinned });
  return { renderer, facts, policy: contentPolicy(renderer.docsStyles, STILL_PAGE) };
}
