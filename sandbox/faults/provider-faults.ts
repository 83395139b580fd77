import type { RequestHandler, Response } from 'express';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FaultSource } from './faults.ts';
import { pause } from '../../src/lib/time.ts';

/** The port may be taken while nobody listens on it; then whoever took it has so long to go. */
const REOPEN_TRIES = 50;
const REOPEN_PAUSE_MS = 100;

/** Before the provider answers a request: its gateway is broken, or its answers never leave. What hangs is done all the same. */
export function serverFault(faults: FaultSource): RequestHandler {
  const hanging = new Set<Socket>();
  faults.onChange(({ provider }) => {
    if (provider === 'hang') return;
    for (const socket of hanging) socket.destroy();
    hanging.clear();
  });
  return (_request, response, next) => {
    const { provider } = faults.current();
    if (provider === 'http_500') return void response.status(500).json({ error: 'internal error' });
    if (provider === 'hang') holdBack(response, hanging);
    next();
  };
}

/** Answers go out whole, at their end: which never comes. */
function holdBack(response: Response, hanging: Set<Socket>): void {
  response.end = () => response;
  const { socket } = response;
  if (!socket || hanging.has(socket)) return;
  hanging.add(socket);
  socket.once('close', () => hanging.delete(socket));
}

/** While the fault `connection_refused` is on nobody listens, and what was connected breaks. Resolves once the present fault is done. */
export async function refuseConnections(server: Server, faults: FaultSource, at: { host: string; port: number }): Promise<void> {
  const follow = async () => {
    const isRefused = faults.current().provider === 'connection_refused';
    if (isRefused && server.listening) {
      server.close();
      server.closeAllConnections();
    }
    if (!isRefused && !server.listening) await listenAgain(server, at);
  };
  faults.onChange(follow);
  await follow();
}

async function listenAgain(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      if (tries >= REOPEN_TRIES) throw error;
      await pause(REOPEN_PAUSE_MS);
    }
  }
}
