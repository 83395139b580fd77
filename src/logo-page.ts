import type { Express } from 'express';
import { readLogoName } from './logos/logo.ts';

export type LogoPageDeps = { readonly findLogo: (hash: string) => Promise<Uint8Array | null> };

/** The address holds the hash of the picture: what it answers never changes. */
const LOGO_CACHE = 'public, max-age=31536000, immutable';
/** For whoever opens the picture itself: it is a picture and can do nothing. */
const LOGO_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** `/logos/:name`: the logos of merchants, each as we drew it ourselves. */
export function mountLogos(app: Express, { findLogo }: LogoPageDeps): void {
  app.get('/logos/:name', async (request, response) => {
    response.set({ 'x-content-type-options': 'nosniff', 'content-security-policy': LOGO_POLICY });
    const hash = readLogoName(request.params['name'] ?? '');
    const logo = hash && (await findLogo(hash));
    if (!logo) return void response.set('cache-control', 'no-store').status(404).json({ error: 'Not found', code: 'not_found' });
    response.set({
      'content-type': 'image/webp',
      'cache-control': LOGO_CACHE,
      etag: `"${hash}"`,
      'cross-origin-resource-policy': 'same-origin',
    });
    if (request.fresh) return void response.status(304).end();
    response.set('content-length', String(logo.length)).end(logo);
  });
}
