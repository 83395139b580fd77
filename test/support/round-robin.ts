import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, createServer, get, request } from 'node:http';
import { connect } from 'node:net';
import { pause } from '../../src/lib/time.ts';

/** How often it asks each server whether it may be given work, as the usual reverse proxies do (more often, to be quick). */
const ASK_EVERY_MS = 100;

export type RoundRobin = {
  readonly url: string;
  /** Ports that get work now. */
  readonly ready: () => readonly number[];
  readonly close: () => void;
};

/**
 * A reverse proxy that gives each request, and each socket, to the next server that says on /readyz that it is ready. Connections to the
 * servers are kept and used again. Nothing is tried twice: what fails, fails. Each request comes from the address that `x-from` names.
 */
export async function startRoundRobin(ports: readonly number[], listenOn = 0): Promise<RoundRobin> {
  const ready = new Set<number>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const next = () => [...ready][turn++ % Math.max(1, ready.size)];
  const server = createServer((asked, answer) => {
    const port = next();
    if (port === undefined) return void answer.writeHead(502).end('no server is ready');
    pass({ asked, answer, port, agent });
  });
  server.on('upgrade', (asked, stream, head) => {
    const port = next();
    if (port === undefined) return void stream.destroy();
    const far = connect(port, '127.0.0.1', () => {
      const lines = Object.entries(headersOf(asked)).map(([name, value]) => `${name}: ${value}`);
      far.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      far.write(head);
      stream.pipe(far).pipe(stream);
    });
    for (const end of [far, stream]) {
      end.on('error', () => void 0);
      end.on('close', () => {
        far.destroy();
        stream.destroy();
      });
    }
  });
  let isOver = false;
  const look = async (port: number) => {
    const isNow = await isReady(port);
    if (isNow) ready.add(port);
    else ready.delete(port);
  };
  const goOn = async (port: number) => {
    for (; !isOver; await pause(ASK_EVERY_MS)) await look(port);
  };
  await Promise.all(ports.map(look));
  for (const port of ports) void goOn(port);
  await new Promise<void>((resolve) => server.listen(listenOn, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listening on TCP
    ready: () => [...ready],
    close: () => {
      isOver = true;
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

function pass({ asked, answer, port, agent }: { asked: IncomingMessage; answer: ServerResponse; port: number; agent: Agent }): void {
  const passed = request({ host: '127.0.0.1', port, agent, method: asked.method, path: asked.url, headers: headersOf(asked) }, (reply) => {
    const { connection: _connection, 'keep-alive': _keepAlive, ...headers } = reply.headers;
    answer.writeHead(reply.statusCode ?? 500, headers);
    reply.pipe(answer);
    reply.on('error', () => answer.destroy());
  });
  passed.on('error', (error) => (answer.headersSent ? answer.destroy() : void answer.writeHead(502).end(`port ${port}: ${error.message}`)));
  answer.on('close', () => passed.destroy());
  asked.pipe(passed);
}

function headersOf({ headers, socket }: IncomingMessage): Record<string, string | string[]> {
  const { 'x-from': from, 'x-forwarded-for': before, ...others } = headers;
  const chain = [before, from ?? socket.remoteAddress].filter(Boolean).join(', ');
  return { ...(others as Record<string, string>), 'x-forwarded-for': chain };
}

/** A server that is slow is not one that stops: only its own word, or a closed port, takes it out. */
function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (reply) => {
      reply.resume();
      resolve(reply.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
  });
}
