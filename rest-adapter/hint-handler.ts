import type { Request, RequestHandler } from 'express';
import type { RawHandles } from './route.ts';

/** The largest body that a caller of ours has a reason to send is a few hundred bytes. It is never read. */
const BODY_BYTES_MAX = 4 * 1024;

/** Answers before anything is looked at: what was called, and whether it meant anything, can be told neither by the answer nor by its time. */
export function hintHandler(handle: RawHandles['providerHint']): RequestHandler {
  return (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    if (!hasSmallBody(request)) response.setHeader('Connection', 'close'); // what is still on its way is not taken
    response.status(200).json({});
    handle(request.params as { [name: string]: string }); // our paths have plain parameters only
  };
}

function hasSmallBody({ headers }: Request): boolean {
  const length = Number(headers['content-length'] ?? 0);
  return headers['transfer-encoding'] === undefined && length <= BODY_BYTES_MAX;
}
