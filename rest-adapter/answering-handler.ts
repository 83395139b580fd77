import type { Request, RequestHandler } from 'express';
import type { Log } from '../src/lib/log.ts';
import type { AnsweringHandle } from './route.ts';
import { countedContext } from './count-request.ts';

/** The caller knows success and refusal alone: what went wrong on our side is a refusal too, never a 5xx. */
const UNEXPECTED_STATUS = 409;

/** Hands the whole body over as it came, whatever its content type says, and answers what the handle answers. */
export function answeringHandler(log: Log, handle: AnsweringHandle): RequestHandler {
  return async (request, response) => {
    try {
      const { status, body } = await handle(callOf(request));
      response.status(status).json(body);
    } catch (fault) {
      const { requestId } = countedContext(response);
      log.error({ fault, requestId, path: request.path }, 'request failed');
      response.status(UNEXPECTED_STATUS).json({ Success: false, Message: 'Something went wrong on our side — please retry' });
    }
  };
}

function callOf({ params, query, body }: Request): Parameters<AnsweringHandle>[0] {
  const texts = Object.entries(query).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []));
  return {
    params: params as { [name: string]: string }, // our paths have plain parameters only
    query: Object.fromEntries(texts),
    body: body instanceof Uint8Array ? body : new Uint8Array(), // no body at all
  };
}
