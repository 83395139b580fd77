import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { connect } from './ask.ts';
import { PAID_FRAME, pay } from './checkout.ts';
import { serve } from './listen.ts';

/** ws alone: after the same commit the same bytes to every socket of the payment, which its path names. */
const pool = connect();
const readers = new Map<string, Set<WebSocket>>();

const server = createServer(async (request, response) => {
  const id = idOf(request.url);
  await pay(pool, id);
  for (const socket of readers.get(id) ?? []) socket.send(PAID_FRAME);
  response.end('{}');
});
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket, request) => {
  const id = idOf(request.url);
  const same = readers.get(id) ?? new Set();
  readers.set(id, same.add(socket));
  socket.on('close', () => same.delete(socket));
});
await serve(server);

function idOf(path = ''): string {
  return path.split('/').at(-1) ?? '';
}
