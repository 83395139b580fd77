/** A reply of the API or of the sandbox's control routes, read field by field. */
type Reply = { readonly [name: string]: string };
export type Call = (method: string, path: string, body?: object) => Promise<Reply>;

/** JSON requests to the server that the pictures are taken of, with the shop's key. The callback throws what was refused. */
export function callerOf(url: string, secretKey: string): Call {
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' };
    const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
}

const DAY_S = 86_400;
/** What came in on the days before the pictures, in euros: one list for each day. */
const DAYS: readonly (readonly number[])[] = [[18.5, 42], [27.9], [64, 12.5, 9.8], [33.4], [49.99, 21]];
const OFTEN_MS = 100;
const PATIENCE = 300;

/** A shop that has been open for a while: days with payments by both methods, a webhook that hears of them, a link. */
export async function openedShop(call: Call): Promise<{ readonly linkId: string }> {
  const { url: inbox } = await call('POST', '/sandbox/inbox', {});
  await call('POST', '/sandbox/webhook', { url: inbox });
  for (const [at, amounts] of DAYS.entries()) {
    for (const amount of amounts) await paid(call, amount, at % 2 === 0 ? 'lightning' : 'liquid');
    await call('POST', '/sandbox/clock', { advance_s: at === DAYS.length - 1 ? 0 : DAY_S });
  }
  const title = 'Coffee tasting for two';
  const description = 'Six coffees, one hour, Saturday at ten.';
  const { id = '' } = await call('POST', '/api/v1/payment-links', { title, description, amount_fiat: 36, currency: 'EUR' });
  return { linkId: id };
}

/** A payment for the shop; `orders` counts up on the pages. */
let orders = 1037;
export async function newPayment(call: Call, amount: number): Promise<string> {
  const { payment_id = '' } = await call('POST', '/api/v1/payments', { amount, currency: 'EUR', metadata: { order_id: `${orders++}` } });
  return payment_id;
}

async function paid(call: Call, amount: number, method: 'lightning' | 'liquid'): Promise<void> {
  const id = await newPayment(call, amount);
  const { lightning_invoice: invoice, liquid_address: address, amount_sats } = await call('GET', `/api/v1/payments/${id}`);
  if (method === 'lightning') await call('POST', '/sandbox/pay', { invoice });
  else await call('POST', '/sandbox/send', { address, amount_sats });
  for (let look = 0; look < PATIENCE; look++) {
    if ((await call('GET', `/api/v1/payments/${id}`))['status'] === 'paid') return;
    await new Promise((resolve) => setTimeout(resolve, OFTEN_MS));
  }
  throw new Error(`${id} was not paid`);
}
