import type { AddressInfo } from 'node:net';
import type { UseCases } from '../../schema/context.ts';
import type { Route } from '../../rest-adapter/route.ts';
import type { KeyHolder } from '../../src/accounts/account-store.ts';
import type { Limiter } from '../../src/limits/limiter.ts';
import type { LimitName } from '../../src/limits/limits.ts';
import express from 'express';
import { createServer } from 'node:http';
import { restRouter } from '../../rest-adapter/router.ts';
import { makeContext, NO_BROWSER } from '../../schema/context.ts';
import { INVALID_KEY } from '../../src/accounts/authenticate.ts';
import { makeLog } from '../../src/lib/log.ts';
import { ok, refuse } from '../../src/lib/result.ts';

export type LimitedRoutes = {
  /** A request as the client at `address` would make it. */
  readonly call: (method: string, path: string, from: { address: string; key?: string }) => Promise<Response>;
  readonly close: () => Promise<void>;
};

/**
 * The real router over a real socket, with a row for each given path that answers 200 when it is let in. Keys are `account/key`.
 * The header `x-client` names the address.
 */
export async function serveLimitedRoutes(
  limiter: Limiter,
  rows: readonly (readonly [Route['method'], string, LimitName])[],
): Promise<LimitedRoutes> {
  const authenticate: UseCases['authenticate'] = async (header) => {
    const [, accountId, keyId] = /^Bearer (\w+)\/(\w+)$/.exec(header ?? '') ?? [];
    const holder: Omit<KeyHolder, 'keyId' | 'accountId'> = {
      ...{
        kind: 'secret',
        mode: 'live',
        hint: '',
        origins: [],
        maxAmount: null,
        redirectHosts: [],
        lastUsedAt: null,
        createPerMinute: null,
      },
    };
    return accountId && keyId ? ok({ ...holder, accountId, keyId }) : refuse(INVALID_KEY);
  };
  const links = { findMany: async () => new Map(), totals: async () => new Map() };
  const useCases = { links, limiter, authenticate, newRequestId: () => 'req_1' } as unknown as UseCases; // what the router reaches before an operation runs
  const app = express();
  const router = restRouter(
    {
      makeContext: (asked) => makeContext(useCases, asked),
      addressOf: (request) => request.get('x-client') ?? '',
      webOf: () => NO_BROWSER,
      cookieOf: () => null,
      execute: async () => ({ data: { result: { __typename: 'Done' } } }),
      log: makeLog('silent'),
      handles: { providerHint: () => {}, namedHint: () => {}, samrock: async () => ({ status: 200, body: {} }) },
      documents: { openApi: {} },
    },
    { routes: rows.map(([method, path, limit]) => rowOf(method, path, limit)), rawRoutes: [], staticRoutes: [] },
  );
  app.use(router);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    call: (method, path, { address, key }) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { 'x-client': address, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function rowOf(method: Route['method'], path: string, limit: LimitName): Route {
  return {
    ...{ method, path, limit, status: 200, audience: limit === 'payment_links' ? 'secret' : 'public', crossOrigin: false },
    operation: '{ result: __typename }',
    variables: () => ({}),
    reply: () => ({ done: true }),
  };
}
