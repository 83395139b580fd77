import type { Request, Router } from 'express';
import type { WalletScan } from '../merchant-wallet/scan-wallet.ts';
import type { Attached } from './hosts.ts';
import type { World } from './world.ts';
import { Router as makeRouter } from 'express';
import { MerchantWallet } from '../merchant-wallet/scan-wallet.ts';
import { readDescriptor } from '../merchant-wallet/wallet-descriptor.ts';
import { ControlError, bodyFields, maybeString, wantString } from './control-error.ts';
import { linkOf } from './link-header.ts';
import { makeAccount, parseAccountOrder } from './make-account.ts';

/** Accounts that the sandbox makes in the product, and the wallets of their merchants. */
export function accountRoutes(world: World): Router {
  const router = makeRouter();
  const wallets = new Map<string, MerchantWallet>();
  router.post('/accounts', async (request, response) => {
    const order = parseAccountOrder(bodyFields(request.body));
    response.status(201).json(await makeAccount({ host: attached(world, request).host, state: world.state }, order));
  });
  router.get('/wallet', async (request, response) => {
    const asked = request.query['account_id'];
    const { operator } = world.state;
    const descriptor =
      asked === 'operator' && operator !== null
        ? operator
        : findAccount(world, request, typeof asked === 'string' ? asked : null).descriptor;
    response.json(scanView(await walletOf(world, wallets, descriptor).scan()));
  });
  router.post('/webhook', async (request, response) => {
    const fields = bodyFields(request.body);
    const { account_id } = findAccount(world, request, maybeString(fields, 'account_id'));
    const answer = await attached(world, request).host.setWebhook(account_id, wantString(fields, 'url'), maybeString(fields, 'secret'));
    if ('error' in answer) throw new ControlError(400, answer.error);
    response.json(answer);
  });
  router.get('/mail', async (request, response) => {
    response.json((await world.hosts.find(linkOf(request))?.host.readMails?.()) ?? []);
  });
  return router;
}

/** The process that a call came through. */
function attached(world: World, request: Request): Attached {
  const found = world.hosts.find(linkOf(request));
  if (!found) throw new ControlError(503, 'no AvoPay server is attached to this sandbox');
  return found;
}

function findAccount(world: World, request: Request, id: string | null): { account_id: string; descriptor: string } {
  const account = id === null ? attached(world, request).demo : world.state.account(id);
  if (!account) throw new ControlError(404, 'the sandbox has not made this account');
  return account;
}

/** One per descriptor: it keeps what it derived and opened. */
function walletOf(world: World, wallets: Map<string, MerchantWallet>, text: string): MerchantWallet {
  const known = wallets.get(text);
  if (known) return known;
  const descriptor = readDescriptor(text);
  if (!descriptor) throw new Error('a remembered descriptor cannot be read');
  const wallet = new MerchantWallet(world, descriptor);
  wallets.set(text, wallet);
  return wallet;
}

function scanView(scan: WalletScan): object {
  return {
    balance_sats: Number(scan.balanceSats),
    invisible_sats: Number(scan.invisibleSats),
    utxos: scan.coins.map(({ txid, vout, valueSats, index, confirmed }) => ({
      txid,
      vout,
      value_sats: Number(valueSats),
      index,
      confirmed,
    })),
    last_used_index: scan.lastUsedIndex,
    longest_unused_run: scan.longestUnusedRun,
  };
}
