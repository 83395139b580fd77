import type { Router } from 'express';
import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { Router as makeRouter } from 'express';
import { toHex } from '../../src/lib/bytes.ts';
import { claimSwap } from './claim-swap.ts';
import { parseCreateRequest } from './create-request.ts';
import { createdView, createSwap } from './create-swap.ts';
import { followSwap } from './follow-swap.ts';
import { INVOICE_EXPIRY, PAIR, pairHash } from './pair.ts';
import { ProviderError, UNKNOWN_SWAP } from './provider-error.ts';
import { fieldsOf, requiredString } from './request-fields.ts';
import { restoreIndex, restoreSwaps } from './restore-swaps.ts';
import { publicKeyOf } from './swap-tree.ts';
import { statusView } from './swap.ts';

/** The version whose protocol this provider speaks, and that it is none of the real ones. */
const VERSION = '3.13.0-sandbox';
const STATUS_IDS_MAX = 64;

/** The reverse-swap half of the Boltz API v2. Mounted at `/v2`. */
export function swapRoutes(deps: ProviderDeps): Router {
  const router = makeRouter();
  router.get('/version', (_request, response) => void response.json({ version: VERSION }));
  router.get('/nodes', (_request, response) => void response.json(nodesView(deps)));
  router.get('/swap/reverse', (_request, response) => void response.json(pairsView(deps)));
  router.get('/swap/reverse/expiry', (_request, response) => void response.json({ BTC: { 'L-BTC': INVOICE_EXPIRY } }));
  router.post('/swap/reverse', async (request, response) => {
    if (deps.faults.current().provider === 'no_pairs') throw new ProviderError('could not find pair with id: L-BTC/BTC', 404);
    const swap = await createSwap(deps, parseCreateRequest(request.body));
    response.status(201).json(createdView(swap));
  });
  router.get('/swap/status', async (request, response) => void response.json(await readStatuses(deps, request.query['ids'])));
  router.get('/swap/reverse/:id/transaction', async (request, response) => void response.json(await lockupView(deps, request.params.id)));
  router.post(
    '/swap/reverse/:id/claim',
    async (request, response) => void response.json(await claimSwap(deps, request.params.id, request.body)),
  );
  router.post('/swap/reverse/claim', async (request, response) => {
    const id = requiredString(fieldsOf(request.body), 'id');
    response.json(await claimSwap(deps, id, request.body));
  });
  router.post('/swap/restore', (request, response) => void response.json(restoreSwaps(deps.book, request.body)));
  router.post('/swap/restore/index', (request, response) => void response.json(restoreIndex(deps.book, request.body)));
  router.get('/swap/:id', async (request, response) => {
    const swap = await lookUp(deps, request.params.id);
    response.json(statusView(swap, (txid) => deps.chain.transaction(txid)?.hex ?? null));
  });
  return router;
}

function pairsView({ faults }: ProviderDeps): object {
  return { BTC: faults.current().provider === 'no_pairs' ? {} : { 'L-BTC': { hash: pairHash(), ...PAIR } } };
}

/** A look-up also lets the invoice expire when it is due. */
async function lookUp(deps: ProviderDeps, id: string): Promise<Swap> {
  const swap = deps.book.byId(id) && (await followSwap(deps, id));
  if (!swap) throw UNKNOWN_SWAP(id);
  return swap;
}

/** One unknown id refuses the whole call. */
async function readStatuses(deps: ProviderDeps, query: unknown): Promise<{ [id: string]: object }> {
  const ids = (Array.isArray(query) ? query : [query]).filter((id) => typeof id === 'string');
  if (ids.length === 0) throw new ProviderError('undefined parameter: ids');
  if (ids.length > STATUS_IDS_MAX) throw new ProviderError('invalid parameter: ids');
  const rows = await Promise.all(
    ids.map(async (id) => [id, statusView(await lookUp(deps, id), (txid) => deps.chain.transaction(txid)?.hex ?? null)] as const),
  );
  return Object.fromEntries(rows);
}

async function lockupView(deps: ProviderDeps, id: string): Promise<object> {
  const swap = await lookUp(deps, id);
  const hex = swap.lockup && deps.chain.transaction(swap.lockup.txid)?.hex;
  if (!swap.lockup || !hex) throw new ProviderError('no coins were locked up yet');
  return { id: swap.lockup.txid, hex, timeoutBlockHeight: swap.timeoutBlockHeight };
}

function nodesView(deps: ProviderDeps): object {
  const publicKey = toHex(publicKeyOf(deps.book.nodeKey));
  return { BTC: { LND: { publicKey, uris: [`${publicKey}@127.0.0.1:9735`] } } };
}
