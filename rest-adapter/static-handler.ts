import type { RequestHandler } from 'express';
import type { StaticRoute } from './route.ts';
import { createHash } from 'node:crypto';

/** What the static rows answer, as JSON values. */
export type Documents = { readonly [Name in StaticRoute['document']]: object };

/** Five minutes: it changes with a release of the server only. */
const CACHE = 'public, max-age=300';

/** Answers one document that is written out once; who has it already is told so. */
export function staticHandler(documents: Documents, route: StaticRoute): RequestHandler {
  const text = JSON.stringify(documents[route.document]);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 32)}"`;
  return (request, response) => {
    response.set({ 'cache-control': CACHE, etag });
    if (request.fresh) return void response.status(304).end();
    response.type('json').send(text);
  };
}
