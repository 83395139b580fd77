import type { Express, Request, Response } from 'express';
import type { Log } from './lib/log.ts';
import type { WebFile } from './web-files.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { escapeHtml } from '../web/checkout/escape-html.ts';
import { appPage, contentPolicy } from './page-policy.ts';
import { builtFolder, loadedOnce, readWebFile, sendCompressed, sendWebFile } from './web-files.ts';

/** `termsUrl` as the operator wrote it; null: a server without terms. */
type DashboardDeps = { readonly publicUrl: string; readonly termsUrl: string | null; readonly log?: Log };
type Shell = { readonly html: string; readonly policy: string; readonly assets: ReadonlyMap<string, WebFile> };

/** Names carry a hash of their content: they never change. */
const ASSET_CACHE = 'public, max-age=31536000, immutable';

/** The dashboard at `/app`, and where the links of mails lead: one page without content, which reads everything over GraphQL. */
export function mountDashboard(app: Express, deps: DashboardDeps): void {
  const shell = loadedOnce(async () => loadShell(deps), deps.log);
  const send = async (request: Request, response: Response) => {
    const loaded = await shell();
    if (!loaded)
      return void response.status(503).type('text/plain').send('The pages of this server are not built. Run: npm run build:web\n');
    response.set({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': loaded.policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex, nofollow',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(self), microphone=(), geolocation=(), clipboard-write=(self)',
    });
    const body = Buffer.from(loaded.html);
    sendCompressed(request, response, body, () => gzipSync(body));
  };
  app.get('/app-assets/:name', async (request, response) => {
    const loaded = await shell();
    sendWebFile(request, response, loaded?.assets.get(request.params['name'] ?? ''), ASSET_CACHE);
  });
  for (const path of ['/app', '/app/*path', '/reset-password', '/verify-email']) app.get(path, send);
  app.get('/dashboard', (_request, response) => response.redirect(308, '/app')); // the address that mails name
}

/** @throws Error when `web/dist` is not built. */
function loadShell({ publicUrl, termsUrl }: DashboardDeps): Shell {
  const manifest: { readonly [source: string]: { readonly file: string; readonly css?: readonly string[] } } = JSON.parse(
    readFileSync(join(builtFolder(), 'dashboard', 'manifest.json'), 'utf8'),
  );
  const entry = manifest['web/dashboard/main.tsx'];
  if (!entry) throw new Error('the dashboard is not built');
  const styles = (entry.css ?? []).map((file) => `<link rel="stylesheet" href="/${file}">`).join('');
  const terms = termsUrl === null ? '' : `<link rel="terms-of-service" href="${escapeHtml(termsUrl)}">`;
  const html =
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>AvoPay</title><link rel="icon" href="/favicon.svg">${terms}${styles}<script type="module" src="/${entry.file}"></script></head>` +
    '<body><div id="app"></div><noscript><p>The dashboard needs JavaScript. Everything it does, the <a href="/docs">API</a> does too.</p></noscript></body></html>';
  const folder = join(builtFolder(), 'dashboard', 'app-assets');
  const assets = new Map(readdirSync(folder).map((name) => [name, readWebFile(join(folder, name))]));
  return { html, assets, policy: contentPolicy([], appPage(publicUrl)) };
}
