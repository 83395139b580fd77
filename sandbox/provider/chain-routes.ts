import type { Router } from 'express';
import type { Chain } from '../chain/chain.ts';
import { Router as makeRouter } from 'express';
import { toHex } from '../../src/lib/bytes.ts';
import { ProviderError } from './provider-error.ts';
import { fieldsOf, requiredHex } from './request-fields.ts';

/** Sat per virtual byte. Liquid's is the floor of its nodes; Bitcoin's only fills the shape. */
const FEES = { BTC: 2, 'L-BTC': 0.1 } as const;
/** No Bitcoin chain runs here. */
const BITCOIN_HEIGHT = 800_000;

/** The chain half of the Boltz API v2 (`/chain/...`). Mounted at `/v2`. */
export function chainRoutes(chain: Chain): Router {
  const router = makeRouter();
  router.get('/chain/heights', (_request, response) => void response.json({ BTC: BITCOIN_HEIGHT, 'L-BTC': chain.height() }));
  router.get('/chain/fees', (_request, response) => void response.json(FEES));
  router.get('/chain/L-BTC/fee', (_request, response) => void response.json({ fee: FEES['L-BTC'] }));
  router.get('/chain/L-BTC/height', (_request, response) => void response.json({ height: chain.height() }));
  router.post('/chain/L-BTC/transaction', async (request, response) => {
    const accepted = await chain.accept(toHex(requiredHex(fieldsOf(request.body), 'hex')));
    if (!accepted.ok) throw new ProviderError(accepted.reason);
    response.status(201).json({ id: accepted.txid });
  });
  router.get('/chain/L-BTC/transaction/:txid', (request, response) => {
    const found = chain.transaction(request.params.txid);
    if (!found) throw new ProviderError(`no transaction with id: ${request.params.txid}`, 404);
    response.json({ hex: found.hex, ...(found.height === null ? {} : { confirmations: chain.height() - found.height + 1 }) });
  });
  return router;
}
