import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { connect, graphqlOf, readPayment } from './ask.ts';
import { checkoutOf, pay } from './checkout.ts';
import { readSdl } from './sdl.ts';
import { serve } from './listen.ts';

/** Yoga in Express with the whole printed schema and plain resolvers over pg, and graphql-ws for subscriptions: no limits, no masking. */
EventEmitter.defaultMaxListeners = 0; // as many as there are sockets on one payment, without a warning
const pool = connect();
const schema = buildSchema(readSdl());
const bus = createPubSub<{ paid: [id: string, status: string] }>();

type Asked = { readonly request?: Request };
const query = schema.getQueryType()?.getFields();
const subscription = schema.getSubscriptionType()?.getFields();
if (!query?.['payment'] || !subscription?.['checkout']) throw new Error('the schema has changed');
query['payment'].resolve = async (_root, { id }, { request }: Asked) => {
  const row = await readPayment(pool, request?.headers.get('authorization') ?? undefined, id);
  return row && graphqlOf(row);
};
subscription['checkout'].subscribe = async function* (_root, { paymentId }) {
  const changes = bus.subscribe('paid', paymentId);
  yield { checkout: await checkoutOf(pool, paymentId) };
  for await (const _ of changes) yield { checkout: await checkoutOf(pool, paymentId) };
};

const yoga = createYoga({ schema, logging: false, graphiql: false, maskedErrors: false });
const app = express();
app.post('/pay/:id', async (request, response) => {
  await pay(pool, request.params.id);
  bus.publish('paid', request.params.id, 'PAID');
  response.json({});
});
app.use('/graphql', (request, response) => void yoga(request, response));
const server = createServer(app);
useServer({ schema }, new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false }));
await serve(server);
