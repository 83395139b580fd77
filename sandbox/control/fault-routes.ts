import type { Router } from 'express';
import type { Faults } from '../faults/faults.ts';
import { Router as makeRouter } from 'express';
import { parseFaults } from '../faults/fault-table.ts';
import { ControlError, bodyFields } from './control-error.ts';

/** `/sandbox/faults`: every answer says what is in force; `{}` is a healthy world. A call is taken whole or not at all. */
export function faultRoutes({ faults }: { readonly faults: Faults }): Router {
  const router = makeRouter();
  router.get('/faults', (_request, response) => void response.json(faults.inForce()));
  router.post('/faults', async (request, response) => {
    const parsed = parseFaults(bodyFields(request.body));
    if ('error' in parsed) throw new ControlError(400, parsed.error);
    response.json(await faults.set(parsed.faults));
  });
  router.delete('/faults', async (_request, response) => void response.json(await faults.clear()));
  return router;
}
