import type { Avopay } from './avopay.ts';
import type { Json } from './json.ts';
import pg from 'pg';
import { eventually } from './avopay.ts';

export type DirectPayment = { readonly id: string; readonly address: string; readonly sats: number; readonly body: Json };

/** What a merchant, a payer and a test do around payments in L-BTC. */
export function directPayments(avopay: Pick<Avopay, 'call' | 'connectionString' | 'demo'>) {
  const { call } = avopay;
  const sandbox = async (path: string, body: object) => {
    const reply = await call('POST', `/sandbox/${path}`, { body, key: null });
    if (reply.status >= 400) throw new Error(`${path}: ${reply.text}`);
    return reply.body;
  };
  const query = async (sql: string, values: readonly unknown[]): Promise<Json[]> => {
    const client = new pg.Client(avopay.connectionString);
    await client.connect();
    try {
      return (await client.query(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const read = async (id: string): Promise<Json> => (await call('GET', `/api/v1/payments/${id}`)).body;
  const graphql = async (text: string): Promise<Json> => {
    const reply = await call('POST', '/graphql', { body: { query: text } });
    if (!reply.body.data) throw new Error(reply.text);
    return reply.body.data;
  };
  return {
    query,
    read,
    async create(more: object = {}): Promise<DirectPayment> {
      const created = await call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR', ...more } });
      if (created.status !== 201) throw new Error(created.text);
      const id: string = created.body.payment_id;
      const body = await read(id);
      return { id, address: body.liquid_address, sats: body.amount_sats, body };
    },
    send: async (address: string, amount_sats: number, more: object = {}): Promise<string> =>
      (await sandbox('send', { address, amount_sats, ...more })).txid,
    pay: (invoice: string) => sandbox('pay', { invoice }),
    mine: (count: number) => sandbox('blocks', { count }),
    drop: (txid: string) => sandbox('drop', { txid }),
    reorg: (depth: number) => sandbox('reorg', { depth }),
    advance: (advance_s: number) => sandbox('clock', { advance_s }),
    until: (id: string, status: string) =>
      eventually(async () => {
        const body = await read(id);
        return body.status === status && body;
      }),
    field: async (id: string, name: string): Promise<Json> => (await graphql(`{ payment(id: "${id}") { ${name} } }`)).payment[name],
    timeline: async (id: string): Promise<string[]> =>
      (await graphql(`{ payment(id: "${id}") { timeline { code } } }`)).payment.timeline.map(({ code }: Json) => code),
    receipts: (...txids: string[]) =>
      query(
        'SELECT txid, verdict, state, "valueSats"::text AS sats, "paymentId" FROM "LiquidReceipt" WHERE txid = ANY($1) ORDER BY "seenAt", id',
        [txids],
      ),
    settings: (settings: object) =>
      query('UPDATE "Account" SET settings = $1 WHERE id = $2', [JSON.stringify(settings), avopay.demo.account_id]),
  };
}
