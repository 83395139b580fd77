import type { Router } from 'express';
import type { Destination } from '../elements/address.ts';
import type { AssetName } from '../chain/chain.ts';
import type { World } from './world.ts';
import { Router as makeRouter } from 'express';
import { parseAddress } from '../elements/address.ts';
import { REGTEST } from '../elements/network.ts';
import { readInvoice } from '../provider/bolt11-invoice.ts';
import { BEHAVIOUR_NAMES, parseBehaviour } from '../shopper/behaviour.ts';
import { ControlError, bodyFields, maybeBoolean, maybeString, wantString, wantWhole } from './control-error.ts';

/** More than the shopper has, and still a whole number in JSON. */
const SEND_SATS_MAX = 2_100_000_000_000_000;

/** What the shopper does: pay invoices, send L-BTC and other assets. */
export function paymentRoutes(world: World): Router {
  const router = makeRouter();
  router.post('/pay', async (request, response) => {
    const fields = bodyFields(request.body);
    const invoice = readInvoice(wantString(fields, 'invoice'));
    if (!invoice) throw new ControlError(400, 'invoice must be a BOLT11 invoice of this network (lnbcrt…) with an amount');
    const behaviour = parseBehaviour(fields['behaviour']);
    if (!behaviour) throw new ControlError(400, `behaviour must be ${BEHAVIOUR_NAMES}`);
    const paid = await world.shopper.pay(invoice, behaviour);
    const status = paid.status === 'refunded' ? 'failed' : paid.status; // the money came back at once
    response.json({ payment_hash: invoice.paymentHash, ...paid, status });
  });
  router.get('/pay/:payment_hash', (request, response) => {
    const status = world.shopper.status(request.params.payment_hash.toLowerCase());
    if (!status) throw new ControlError(404, 'the shopper never paid this');
    response.json(status);
  });
  router.post('/send', async (request, response) => {
    const fields = bodyFields(request.body);
    const destination = parseAddress(REGTEST, wantString(fields, 'address'));
    if (!destination) throw new ControlError(400, 'address must be a Liquid address of this network');
    const amount = wantWhole(fields, 'amount_sats', { min: 1, max: SEND_SATS_MAX });
    response.json({ txid: await send(world, destination, { ...fields, amount_sats: amount }) });
  });
  return router;
}

async function send(
  world: World,
  { script, blindingPublicKey }: Destination,
  fields: { amount_sats: number; [name: string]: unknown },
): Promise<string> {
  const order = {
    script,
    blindingPublicKey: maybeBoolean(fields, 'confidential', true) ? blindingPublicKey : null,
    amountSats: BigInt(fields.amount_sats),
    asset: parseAsset(world, maybeString(fields, 'asset')),
    rbf: maybeBoolean(fields, 'rbf', false),
  };
  if (world.shopperWallet.balanceSats(order.asset) <= order.amountSats) throw new ControlError(400, 'the shopper does not have that much');
  const { txid } = await world.shopperWallet.pay(order);
  return txid;
}

function parseAsset(world: World, asset: string | null): AssetName {
  if (asset === null || asset === 'LBTC' || asset === REGTEST.lbtcAsset) return 'LBTC';
  if (asset === 'OTHER' || asset === world.otherAsset) return 'OTHER';
  throw new ControlError(400, 'asset must be LBTC, OTHER or the id of one of them');
}
