import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { connect } from './ask.ts';
import { pay } from './checkout.ts';
import { serve } from './listen.ts';

/** ws alone: after the same commit the same bytes to every socket. */
const pool = connect();
const FRAME = '{"id":"1","type":"next","payload":{"data":{"checkout":{"status":"PAID"}}}}';

const server = createServer(async (request, response) => {
  await pay(pool, request.url?.split('/').at(-1) ?? '');
  for (const socket of sockets.clients) socket.send(FRAME);
  response.end('{}');
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
await serve(server);
