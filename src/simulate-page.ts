import type { Express, Request, Response } from 'express';
import type { Log } from './lib/log.ts';
import express from 'express';
import { parsePaymentId } from './lib/ids.ts';
import { pageLanguage } from './page-language.ts';

export type SimulatePageDeps = {
  /** Ends a test payment; whatever else the id may be, nothing happens. `address` is who asks, as limits count it. */
  readonly simulate: (paymentId: string, outcome: unknown, address: string) => Promise<void>;
  /** Who asks, as limits count it. */
  readonly addressOf: (request: Request) => string;
  readonly log?: Log;
};

/** A form holds one word. */
const FORM_BYTES_MAX = 1_024;

/** The two buttons of a test payment's page: a plain form that leads back to the page, whatever came of it. */
export function mountSimulatePage(app: Express, deps: SimulatePageDeps): void {
  const form = express.urlencoded({ extended: false, limit: FORM_BYTES_MAX });
  app.post('/pay/:id/simulate', form, async (request: Request, response: Response) => {
    const id = parsePaymentId(request.params['id']);
    if (id.ok && isOwnForm(request)) {
      await deps.simulate(id.value, outcomeOf(request), deps.addressOf(request)).catch((error: unknown) => {
        deps.log?.error({ err: error, paymentId: id.value }, 'a test payment could not be ended');
      });
    }
    const place = id.ok ? `/pay/${id.value}${pageLanguage(request).keep}` : '/';
    response.set('cache-control', 'no-store').redirect(303, place);
  });
}

/** Browsers say where a form comes from; those too old to say are believed. */
function isOwnForm(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  return site === undefined || site === 'same-origin' || site === 'none';
}

function outcomeOf({ body }: Request): unknown {
  return typeof body === 'object' && body !== null && 'outcome' in body ? body.outcome : null;
}
