import { createServer } from 'node:http';
import { connect, readPayment, replyOf } from './ask.ts';
import { makeCreate } from './create.ts';
import { serve } from './listen.ts';

/** node:http and pg, nothing else: the limit that a read and a create can reach on this machine. */
const pool = connect();
const create = await makeCreate(pool);

const server = createServer(async (request, response) => {
  const send = (status: number, body: object) => {
    const text = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
  };
  try {
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      return send(201, await create(JSON.parse(Buffer.concat(chunks).toString())));
    }
    const row = await readPayment(pool, request.headers.authorization, request.url?.split('/').at(-1) ?? '');
    return row ? send(200, replyOf(row)) : send(404, {});
  } catch (fault) {
    return send(500, { fault: String(fault) });
  }
});
await serve(server);
