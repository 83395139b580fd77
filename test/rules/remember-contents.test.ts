import type { HttpCall } from '../../src/lib/http-client.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChain } from '../../sandbox/chain/open-chain.ts';
import { serveEsplora } from '../../sandbox/chain/serve-esplora.ts';
import { httpCall } from '../../src/lib/http-client.ts';
import { esploraClient } from '../../src/liquid/esplora-client.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { fetchContents, whereIs } from '../../src/liquid/read-sources.ts';
import { CONTENTS_KEPT_MS, CONTENTS_MAX, rememberContents } from '../../src/liquid/remember-contents.ts';
import { makeSandboxFolder } from '../support/sandbox-world.ts';
import { lockupTo } from '../support/swap-lockup.ts';

let folder: Awaited<ReturnType<typeof makeSandboxFolder>>;
let opened: Awaited<ReturnType<typeof openChain>>;
let esplora: Awaited<ReturnType<typeof serveEsplora>>;
beforeAll(async () => {
  folder = await makeSandboxFolder();
  opened = await openChain({ folder: folder.folder, now: () => new Date(), mineByClock: false });
  esplora = await serveEsplora(opened.chain, { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await esplora.close();
  await opened.chain.close();
  await folder.remove();
});

/** Two sources that remember together, by a clock of the test's; `asked`: every transaction that was read from either. */
function remembering(call: HttpCall = httpCall) {
  const asked: string[] = [];
  const at = { ms: 0 };
  const http: HttpCall = (request) => {
    if (request.url.endsWith('/hex')) asked.push(request.url.split('/').at(-2) ?? '');
    return call(request);
  };
  const places = ['one', 'two'].map((name) => esploraClient({ http }, { name, url: esplora.url }));
  const [one, two] = rememberContents(places, () => at.ms);
  if (!one || !two) throw new Error('there are two');
  return { asked, at, one, two };
}
const pay = () =>
  opened.shopperWallet.pay({ script: opened.providerWallet.script, blindingPublicKey: null, amountSats: 5_000n, rbf: false });
const NOBODYS = 'ab'.repeat(32);

describe('contents of transactions', () => {
  test('are read once in a minute, whichever source shows them and however many ask at once', async () => {
    const { txid, hex } = await pay();
    const { asked, at, one, two } = remembering();
    const together = await Promise.all([one.transactionContents(txid), one.transactionContents(txid)]);
    expect(together.map((contents) => contents?.hex)).toEqual([hex, hex]);
    at.ms = CONTENTS_KEPT_MS;
    expect((await two.transactionContents(txid))?.hex).toBe(hex);
    expect(asked).toEqual([txid]);
    at.ms++;
    expect((await two.transactionContents(txid))?.hex).toBe(hex);
    expect(asked).toEqual([txid, txid]);
  });

  test('are remembered of a transaction that has vanished, which is known no more all the same', async () => {
    const { txid } = await pay();
    const { asked, one, two } = remembering();
    await fetchContents([one, two], txid);
    expect(await whereIs([one, two], txid)).toBe('mempool');
    await opened.chain.drop(txid);
    asked.length = 0;
    expect(await one.transactionStatus(txid)).toBeNull();
    expect(await whereIs([one, two], txid)).toBe('unknown_to_all');
    expect(asked).toEqual([txid, txid, txid]);
    expect((await one.transactionContents(txid))?.txid).toBe(txid);
  });

  test('are asked for again where a source failed, or did not know them', async () => {
    const { txid } = await pay();
    let away = true;
    const { asked, one } = remembering((call) => (away ? Promise.resolve({ status: 503, text: '' }) : httpCall(call)));
    const failed = await Promise.allSettled([one.transactionContents(txid), one.transactionContents(txid)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    away = false;
    expect((await one.transactionContents(txid))?.txid).toBe(txid);
    expect(await one.transactionContents(NOBODYS)).toBeNull();
    expect(await one.transactionContents(NOBODYS)).toBeNull();
    expect(asked).toEqual([txid, txid, NOBODYS, NOBODYS]);
  });

  test('are asked for again once they were no good', async () => {
    const { txid } = await pay();
    const { asked, one, two } = remembering();
    await one.transactionContents(txid);
    two.forgetContents(txid);
    await one.transactionContents(txid);
    expect(asked).toEqual([txid, txid]);
  });

  test('that a source has taken from us are not read back; what it refused, or is another transaction than was said, is', async () => {
    const { txid, hex } = await pay();
    const { asked, one, two } = remembering();
    expect(await one.broadcast(hex)).toEqual({ accepted: true });
    const unfunded = lockupTo(liquidNetwork('regtest'), [Uint8Array.of(0x51)], 5_000n);
    expect(await one.broadcast(unfunded.hex, unfunded.txid)).toMatchObject({ accepted: false });
    expect(await one.transactionContents(unfunded.txid)).toBeNull();
    expect(await one.broadcast(hex, NOBODYS)).toEqual({ accepted: true });
    expect(await one.transactionContents(NOBODYS)).toBeNull();
    expect(asked).toEqual([unfunded.txid, NOBODYS]);
    expect(await one.broadcast(hex, txid)).toEqual({ accepted: true });
    const contents = await two.transactionContents(txid);
    expect(contents?.hex).toBe(hex);
    expect(await one.transactionContents(txid)).toBe(contents);
    expect(asked).toEqual([unfunded.txid, NOBODYS]);
  });

  test('are few: the oldest go first', async () => {
    const shown = Array.from({ length: CONTENTS_MAX + 1 }, (_, n) =>
      lockupTo(liquidNetwork('regtest'), [Uint8Array.of(0x51)], BigInt(n + 1)),
    );
    const texts = new Map(shown.map(({ txid, hex }) => [txid, hex]));
    const { asked, one } = remembering(async ({ url }) => ({ status: 200, text: texts.get(url.split('/').at(-2) ?? '') ?? '' }));
    for (const { txid } of shown) await one.transactionContents(txid);
    asked.length = 0;
    const [oldest, next] = shown;
    await one.transactionContents(next?.txid ?? '');
    expect(asked).toEqual([]);
    await one.transactionContents(oldest?.txid ?? '');
    expect(asked).toEqual([oldest?.txid]);
  });
});
