import type { RequestHandler, Router } from 'express';
import type { SandboxAccount } from './sandbox-state.ts';
import type { World } from './world.ts';
import express, { Router as makeRouter } from 'express';
import { SECOND_MS } from '../../src/lib/time.ts';
import { lookUpInSandbox } from '../faults/name-faults.ts';
import { accountRoutes } from './account-routes.ts';
import { answerError } from './answer-error.ts';
import { ControlError, bodyFields, maybeBoolean, wantString, wantWhole } from './control-error.ts';
import { faultRoutes } from './fault-routes.ts';
import { guardControl } from './guard-control.ts';
import { linkOf } from './link-header.ts';
import { paymentRoutes } from './payment-routes.ts';

/** The largest body is a list of answers for an inbox. */
const BODY_LIMIT = '64kb';
/** A year: what a test could want, and what the journal's numbers hold easily. */
const ADVANCE_MAX_S = 366 * 24 * 60 * 60;
const BLOCKS_MAX = 100_000;
const REORG_DEPTH_MAX = 1_000;

/** The `/sandbox` routes: they move the world, the money in it, and its clock. JSON in and out; errors are `{"error": "<sentence>"}`. */
export function controlRoutes(world: World, options: { isOpen: boolean }): Router {
  const router = makeRouter();
  router.use(guardControl(options), express.json({ limit: BODY_LIMIT, strict: false }), wantJson);
  router.get('/', (request, response) => void response.json(describe(world, world.hosts.find(linkOf(request))?.demo ?? null)));
  router.get('/names/:name', async ({ params }, response) => void response.json(await lookUpInSandbox(world.faults, params.name)));
  router.use(paymentRoutes(world), chainRoutes(world), inboxRoutes(world), accountRoutes(world), faultRoutes(world));
  router.use((request) => {
    throw new ControlError(404, `there is no ${request.method} /sandbox${request.path}`);
  });
  router.use(answerError(world.log));
  return router;
}

function describe(world: World, demo: SandboxAccount | null): object {
  return {
    network: 'regtest',
    now: world.state.now().toISOString(),
    height: world.chain.height(),
    provider_url: world.provider.url,
    chain_url: world.urls.chain,
    rates_url: world.urls.rates,
    demo: demo && {
      email: demo.email,
      password: demo.password,
      secret_key: demo.secret_key,
      publishable_key: demo.publishable_key,
      account_id: demo.account_id,
    },
  };
}

function chainRoutes(world: World): Router {
  const router = makeRouter();
  router.post('/blocks', async (request, response) => {
    await world.chain.mine(wantWhole(bodyFields(request.body), 'count', { min: 1, max: BLOCKS_MAX }));
    await world.time.runDue();
    response.json({ height: world.chain.height() });
  });
  router.post('/drop', async (request, response) => {
    await world.chain.drop(wantString(bodyFields(request.body), 'txid'));
    response.json({ height: world.chain.height() });
  });
  router.post('/reorg', async (request, response) => {
    const depth = wantWhole(bodyFields(request.body), 'depth', { min: 1, max: REORG_DEPTH_MAX });
    if (depth > world.chain.height()) throw new ControlError(400, 'the chain is not that long');
    response.json({ height: await world.chain.reorg(depth) });
  });
  router.post('/clock', async (request, response) => {
    const fields = bodyFields(request.body);
    const seconds = wantWhole(fields, 'advance_s', { min: 0, max: ADVANCE_MAX_S });
    const isAwaited = maybeBoolean(fields, 'wait', true);
    const now = await world.time.advance(seconds * SECOND_MS, async () => (isAwaited ? world.hosts.runDue() : undefined));
    response.json({ now: now.toISOString() });
  });
  return router;
}

function inboxRoutes(world: World): Router {
  const router = makeRouter();
  router.post('/inbox', async (_request, response) => {
    const id = await world.inboxes.make();
    response.status(201).json({ id, url: `${world.urls.inbox}/${id}` });
  });
  router.get('/inbox/:id', (request, response) => void response.json(world.inboxes.received(request.params.id)));
  router.put('/inbox/:id', (request, response) => {
    world.inboxes.setAnswers(request.params.id, request.body);
    response.json({ id: request.params.id });
  });
  return router;
}

/** Anything but JSON is a slip of the caller, or a form of a page that has no business here. */
const wantJson: RequestHandler = (request, _response, next) => {
  const hasBody = Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined;
  if (hasBody && !request.is('application/json')) throw new ControlError(415, 'the body must be JSON (content-type: application/json)');
  next();
};
