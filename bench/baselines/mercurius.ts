import type { FastifyPluginAsync } from 'fastify';
import type { MercuriusOptions } from 'mercurius';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import mercurius from 'mercurius';
import { connect, graphqlOf, readPayment } from './ask.ts';
import { announce } from './listen.ts';
import { readSdl } from './sdl.ts';

/** Mercurius on Fastify with the whole printed schema and a plain resolver over pg. */
const pool = connect();
const app = fastify();
await app.register(mercurius.mercurius as unknown as FastifyPluginAsync<MercuriusOptions>, {
  schema: readSdl(),
  context: ({ headers }) => ({ authorization: headers.authorization }),
  resolvers: {
    Query: {
      payment: async (_root: unknown, { id }: { id: string }, context) => {
        const row = await readPayment(pool, (context as { authorization?: string }).authorization, id); // made above
        return row && graphqlOf(row);
      },
    },
  },
});
await app.listen({ port: 0, host: '127.0.0.1' });
announce((app.server.address() as AddressInfo).port); // listening on TCP
