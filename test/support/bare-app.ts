import type { GraphqlServer } from '../../src/graphql-server.ts';
import { createAccount } from '../../src/accounts/create-account.ts';
import { buildApp } from '../../src/app.ts';
import { makeGraphqlServer } from '../../src/graphql-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { sats } from '../../src/lib/money.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { makeMeter } from '../../src/metrics/meter.ts';
import { UNLIMITED } from '../../src/limits/limiter.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { openDatabase } from '../../src/open-database.ts';
import { makeSigner } from '../../src/swaps/signer.ts';
import { localBus } from '../../subscriptions/pubsub.ts';
import { freshDatabase } from './database.ts';

/** The clock of a bare app stands still. */
export const BARE_AT = new Date('2026-05-15T14:00:00.000Z');

/** The product's use cases and its API as in production (nothing to explore), with no worker, no sandbox and no far side; it counts its queries. */
export async function bareApp() {
  const db = await freshDatabase();
  await readyLiquid();
  const log = makeLog('silent');
  let queries = 0;
  const count = () => {
    queries++;
  };
  const { prisma, pool, close } = openDatabase({ connectionString: db.connectionString, onPrismaQuery: count, onAsk: count });
  const secret = (fill: number, bytes: number) => new Secret(new Uint8Array(bytes).fill(fill));
  const app = buildApp({
    ...{ now: () => BARE_AT, random: systemRandom, log, prisma, pool },
    ...{
      sealingKey: secret(1, 32),
      eventIdKey: secret(2, 32),
      recordKey: secret(3, 32),
      signer: makeSigner({
        seed: secret(2, 64),
        network: liquidNetwork('regtest'),
        random: systemRandom,
        readStoredClaim: async () => null,
      }),
    },
    ...{
      bus: localBus(),
      limiter: UNLIMITED,
      meter: makeMeter(),
      network: 'regtest',
      playful: true,
      publicUrl: 'http://shop',
      apiUrl: 'http://shop',
    },
    ...{ providers: [], chains: [], rates: [], paymentTtlSeconds: 600, zeroConfMaxSats: sats(0n), billing: false },
    ...{ onEvent: () => {}, onDelivery: () => {} },
    ...{ operatorDescriptor: null, planGraceMs: 0, sendMail: null },
  });
  const graphql: GraphqlServer = makeGraphqlServer(app.useCases, { explorable: false, log, cookieOf: () => null });
  return {
    ...{ app, graphql, log, database: db.database },
    /** Queries since the last call. */
    takeQueries: () => {
      const seen = queries;
      queries = 0;
      return seen;
    },
    /** A merchant with a secret key. */
    account: async (email: string) => {
      const owner = { name: 'Shop', email, password: new Secret('long enough'), planEndsAt: null, trialUsed: 0 };
      const { accountId, secretKey } = await createAccount(app.accounts, owner);
      return { accountId, key: secretKey.reveal() };
    },
    close: async () => {
      await app.close();
      await close();
      await db.close();
    },
  };
}
