import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Log } from '../../src/lib/log.ts';
import type { Listening } from '../provider/listen.ts';
import type { OwnSandbox } from '../start-sandbox.ts';
import type { FromSandbox } from './link-wire.ts';
import { createServer } from 'node:http';
import express from 'express';
import { WebSocketServer } from 'ws';
import { base32Id } from '../../src/lib/ids.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { mayControl } from '../control/guard-control.ts';
import { listen } from '../provider/listen.ts';
import { FarHost } from './far-host.ts';
import { fromProduct, LINK_PATH, MESSAGE_BYTES_MAX } from './link-wire.ts';

type Options = { readonly host: string; readonly port: number; readonly isOpen?: boolean; readonly log: Log };

/** The control routes of a sandbox that runs alone, and the links of the servers that play in it. */
export async function serveControl(sandbox: OwnSandbox, { host, port, isOpen = false, log }: Options): Promise<Listening> {
  const app = express();
  app.disable('x-powered-by');
  app.use('/sandbox', sandbox.control);
  const server = createServer(app);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (request.url !== LINK_PATH) return void stream.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
    if (mayControl(request, { isOpen }) !== null) return void stream.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
    sockets.handleUpgrade(request, stream, head, (socket) => serveLink(sandbox, socket, log));
  });
  const listening = await listen(server, { host, port });
  return {
    ...listening,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await listening.close();
    },
  };
}

function serveLink(sandbox: OwnSandbox, socket: WebSocket, log: Log): void {
  const { hosts, clock, onClock } = sandbox.far;
  const link = base32Id('lnk_', systemRandom(17));
  const send = (message: FromSandbox) => socket.send(JSON.stringify(message));
  const far = new FarHost(send, log);
  const { providerUrl, chainUrl, ratesUrls, operatorDescriptor } = sandbox;
  send({ kind: 'world', link, providerUrl, chainUrl, ratesUrls, operatorDescriptor, clock: clock() });
  const stopClock = onClock((stand) => send({ kind: 'clock', clock: stand }));
  const attach = async () => {
    const { demo } = await hosts.attach(link, far.host);
    if (socket.readyState !== socket.OPEN) return hosts.detach(link); // it closed while its account was made
    send({ kind: 'attached', demo });
  };
  socket.on('message', (data) => {
    const message = fromProduct.safeParse(parseJson(String(data)));
    if (!message.success) return socket.terminate(); // not one of ours
    if (message.data.kind !== 'attach') return far.take(message.data);
    attach().catch((error: unknown) => {
      log.warn({ error }, 'a server could not be attached');
      if (socket.readyState === socket.OPEN) send({ kind: 'not_attached', reason: error instanceof Error ? error.message : String(error) });
    });
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    stopClock();
    hosts.detach(link);
    far.lose();
  });
}

/** Undefined: not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
