import type { Router } from 'express';
import type { Log } from '../../src/lib/log.ts';
import express, { Router as makeRouter } from 'express';
import { SECOND_MS } from '../../src/lib/time.ts';
import { answerError } from '../control/answer-error.ts';
import { ControlError } from '../control/control-error.ts';
import { guardControl } from '../control/guard-control.ts';
import { LINK_HEADER } from '../control/link-header.ts';

type Options = {
  readonly url: string;
  /** Null: the sandbox is away. */
  readonly link: () => string | null;
  readonly isOpen: boolean;
  readonly log: Log;
};

/** No control call takes longer: a year on the clock, or a hundred thousand blocks. */
const ANSWER_MS = 120 * SECOND_MS;
/** A little more than the sandbox itself takes, so that it is the one that refuses. */
const BODY_LIMIT = '128kb';

/** The `/sandbox` routes of a product whose sandbox runs elsewhere: every call is passed on in this process's name, every answer is passed back. */
export function passOn(options: Options): Router {
  const { url, log, isOpen } = options;
  const router = makeRouter();
  router.use(guardControl({ isOpen }), express.raw({ type: () => true, limit: BODY_LIMIT }));
  router.use(async (request, response) => {
    const link = options.link();
    if (link === null) throw new ControlError(503, `the sandbox at ${url} is away; AvoPay keeps looking for it`);
    const type = request.get('content-type');
    const body: unknown = request.body;
    const answer = await fetch(`${url}/sandbox${request.url === '/' ? '' : request.url}`, {
      method: request.method,
      headers: { [LINK_HEADER]: link, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(Buffer.isBuffer(body) && body.length > 0 ? { body: new Uint8Array(body) } : {}),
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch(() => null);
    if (!answer) throw new ControlError(503, `the sandbox at ${url} went away; what was asked may have happened`);
    const text = await answer.text();
    response.status(answer.status).type(answer.headers.get('content-type') ?? 'json');
    response.send(text);
  });
  router.use(answerError(log));
  return router;
}
