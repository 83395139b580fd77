import type { Request, RequestHandler } from 'express';
import type { HintHandle, RawRoute } from './route.ts';

/** The largest body that a caller of ours has a reason to send is a few hundred bytes. */
const BODY_BYTES_MAX = 4 * 1024;
/** Providers' names for swaps. */
const ID = /^[\w-]{1,64}$/;

/** Answers before anything is looked up: what was called, and whether it meant anything, can be told neither by the answer nor by its time. */
export function hintHandler(handle: HintHandle, route: RawRoute): RequestHandler {
  return async (request, response) => {
    const isSmall = hasSmallBody(request);
    const id = route.readsId && isSmall ? await namedId(request) : null;
    response.setHeader('Cache-Control', 'no-store');
    if (!isSmall) response.setHeader('Connection', 'close'); // what is still on its way is not taken
    response.status(200).json({});
    if (route.readsId && id === null) return;
    const params = request.params as { [name: string]: string }; // our paths have plain parameters only
    handle(id === null ? params : { ...params, id });
  };
}

function hasSmallBody({ headers }: Request): boolean {
  const length = Number(headers['content-length'] ?? 0);
  return headers['transfer-encoding'] === undefined && length <= BODY_BYTES_MAX;
}

/** `data.id` of a JSON body; null for everything else. At most as many bytes come as the header says, which was judged before. */
async function namedId(request: Request): Promise<string | null> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: { data?: { id?: unknown } } | null = JSON.parse(Buffer.concat(chunks).toString('utf8')); // whatever it is: only a text is taken from it
    const id = body?.data?.id;
    return typeof id === 'string' && ID.test(id) ? id : null;
  } catch {
    return null; // no JSON, or the caller has hung up: nothing was named
  }
}
