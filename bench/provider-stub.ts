import { createServer } from 'node:http';
import { makeInvoice } from '../sandbox/provider/bolt11-invoice.ts';
import { makeCooperativeSigner } from '../sandbox/provider/cooperative-signer.ts';
import { lockTo } from '../sandbox/provider/lockup-output.ts';
import { INVOICE_EXPIRY, PAIR, pairHash, amountsFromInvoice, TIMEOUT_DELTA_BLOCKS } from '../sandbox/provider/pair.ts';
import { makeSwapTree, publicKeyOf, swapOutput } from '../sandbox/provider/swap-tree.ts';
import { loadZkp } from '../sandbox/elements/zkp.ts';
import { fromHex, toHex } from '../src/lib/bytes.ts';
import { systemRandom as random } from '../src/lib/random.ts';
import { serve } from './baselines/listen.ts';
import { setting } from './baselines/ask.ts';

/** A swap provider of constant cost: it signs an invoice and builds a lockup address for whoever asks, and keeps nothing. */
const signer = makeCooperativeSigner(await loadZkp(), random);
const tipHeight = Number(setting('BENCH_TIP'));
const nodeKey = random(32);
// One key and one blinding for all: what they are is of no matter to whoever verifies the answer.
const refundKey = random(32);
const blindingKey = random(32);
const refund = publicKeyOf(refundKey);

type Asked = { preimageHash: string; claimPublicKey: string; invoiceAmount: number; description: string; invoiceExpiry: number };

function answer(asked: Asked): object {
  const { onchainSats, invoiceSats } = amountsFromInvoice(BigInt(asked.invoiceAmount), 0n);
  const timeoutBlockHeight = tipHeight + TIMEOUT_DELTA_BLOCKS;
  const claim = fromHex(asked.claimPublicKey);
  const tree = makeSwapTree({ preimageHash: fromHex(asked.preimageHash), timeoutBlockHeight, keys: { claim, refund } });
  const { script } = swapOutput(tree, signer.aggregate([refund, claim]));
  const invoice = makeInvoice(
    {
      ...{ paymentHash: asked.preimageHash, paymentSecret: toHex(random(32)), amountSats: invoiceSats, description: asked.description },
      ...{ descriptionHash: null, expirySeconds: asked.invoiceExpiry, createdAtSeconds: Math.floor(Date.now() / 1e3) },
    },
    nodeKey,
  );
  return {
    ...{ id: toHex(random(6)), invoice, swapTree: tree, lockupAddress: lockTo(script, blindingKey).lockupAddress },
    ...{ refundPublicKey: toHex(refund), timeoutBlockHeight, blindingKey: toHex(blindingKey), onchainAmount: Number(onchainSats) },
  };
}

const server = createServer(async (request, response) => {
  const send = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.url === '/v2/swap/reverse/expiry') return send(200, { BTC: { 'L-BTC': INVOICE_EXPIRY } });
  if (request.method === 'GET') return send(200, { BTC: { 'L-BTC': { hash: pairHash(), ...PAIR } } });
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return send(201, answer(JSON.parse(Buffer.concat(chunks).toString())));
});
await serve(server);
