import type { RequestHandler } from 'express';
import type { Secret } from './lib/secret.ts';
import express from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

export type MetricsDeps = {
  readonly read: () => Promise<string>;
  /** Null: whoever reaches the port may read. */
  readonly token: Secret<string> | null;
};

/** Prometheus' text format, version 0.0.4. */
const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** `GET /metrics` for whoever brings the token. */
export function metricsHandler({ read, token }: MetricsDeps): RequestHandler {
  return async (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    if (token && !isSame(request.get('authorization') ?? '', `Bearer ${token.reveal()}`)) {
      response.status(401).setHeader('WWW-Authenticate', 'Bearer').type('text').send('this needs the token of METRICS_TOKEN');
      return;
    }
    response.setHeader('Content-Type', TEXT_FORMAT).send(await read());
  };
}

/** Takes as long for a text that is nearly right as for any other. */
function isSame(given: string, wanted: string): boolean {
  const [left, right] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

/** Whether this process lives, and whether it can be given work now. */
export function healthRoutes(isReady: () => Promise<boolean>): express.Router {
  const router = express.Router();
  router.get('/livez', (_request, response) => void response.type('text').send('ok'));
  router.get('/readyz', async (_request, response) => {
    const ready = await isReady().catch(() => false);
    response
      .status(ready ? 200 : 503)
      .type('text')
      .send(ready ? 'ok' : 'not ready');
  });
  return router;
}

/** A port of its own for whoever watches this process; a worker has no other. */
export async function startMetricsServer(
  deps: MetricsDeps & { readonly isReady: () => Promise<boolean> },
  at: { readonly port: number; readonly bind: string },
): Promise<{ readonly close: () => Promise<void> }> {
  const app = express().disable('x-powered-by');
  app.use(healthRoutes(deps.isReady));
  app.get('/metrics', metricsHandler(deps));
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.bind, resolve);
  });
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
