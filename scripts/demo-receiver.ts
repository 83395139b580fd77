import type { AddressInfo } from 'node:net';
import crypto from 'node:crypto';
import express from 'express';

export type Received = { readonly deliveryId: string; readonly body: { readonly event: string; readonly payment_id: string } };

/** A merchant's webhook route as the documentation shows it: raw body, HMAC, constant-time comparison. */
export async function receiveWebhooks() {
  let secret: string | undefined;
  const received: Received[] = [];
  let wake: (() => void) | undefined;
  const app = express();
  app.post('/webhooks/avopay', express.raw({ type: 'application/json' }), (req, res) => {
    const signature = req.headers['x-avopay-signature'];
    if (!secret || typeof signature !== 'string') return void res.sendStatus(401);
    const expected = `sha256=${crypto.createHmac('sha256', secret).update(req.body).digest('hex')}`;
    const [sigBuf, expBuf] = [Buffer.from(signature), Buffer.from(expected)];
    if (sigBuf.length !== expBuf.length || !crypto.timingSafeEqual(sigBuf, expBuf)) return void res.sendStatus(401);
    received.push({ deliveryId: String(req.headers['x-avopay-delivery-id']), body: JSON.parse(req.body.toString()) });
    res.sendStatus(200);
    wake?.();
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    url: `http://127.0.0.1:${port}/webhooks/avopay`,
    useSecret: (value: string) => {
      secret = value;
    },
    async next(withinMs: number): Promise<Received> {
      const first = () => received[0];
      if (!first())
        await Promise.race([new Promise<void>((resolve) => (wake = resolve)), new Promise((resolve) => setTimeout(resolve, withinMs))]);
      const found = first();
      if (!found) throw new Error('no webhook with a valid signature came');
      return found;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
