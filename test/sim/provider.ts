import type { Result } from '../../src/lib/result.ts';
import type { Provider, ProviderRefusal } from '../../src/swaps/provider-client.ts';
import type { CreateAnswer, CreateRequest } from '../../src/swaps/provider-wire.ts';
import type { Faults } from './faults.ts';
import type { Call } from './server.ts';
import type { SimChain } from './chain.ts';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { ok, refuse } from '../../src/lib/result.ts';
import { makeTransaction, scriptFor, WORTHLESS_ASSET } from './chain.ts';

export const PAIR = {
  hash: 'pair-1',
  rate: 1 as const,
  limits: { minimal: 100, maximal: 25_000_000 },
  fees: { percentage: 0.25, minerFees: { claim: 20, lockup: 27 } },
};
const EXPIRY = { min: 60, max: 43_200 };
/** The nearest refund that our checks let through, for a session of some minutes. */
const TIMEOUT_BLOCKS = 150;
const STATUS_LIES = ['invoice.settled', 'swap.expired', 'transaction.mempool', 'swap.created', 'made.up', 'transaction.failed'];

export type ProviderSwap = {
  readonly request: CreateRequest;
  readonly answer: CreateAnswer;
  readonly script: Uint8Array;
  readonly expiresAtMs: number;
  status: string;
  /** The payer's money is held. */
  isPaid: boolean;
  /** Our preimage has reached it: the payer's money is its own now. */
  preimage: Uint8Array | null;
  lockups: string[];
  /** It has spent the lockup's own coins elsewhere. */
  isDoubleSpent: boolean;
};

/** The far side of every swap: keeps its own books, may lie, be silent, or act and not say so. */
export class SimProvider {
  readonly swaps = new Map<string, ProviderSwap>();
  readonly name = 'one';
  readonly #world: { readonly chain: SimChain; readonly faults: Faults; readonly nowMs: () => number };
  onPreimage: (hash: string) => void = () => {};
  #funds = 0;

  constructor(world: { chain: SimChain; faults: Faults; nowMs: () => number }) {
    this.#world = world;
  }

  /** As one node sees it. */
  client(call: Call): Provider {
    const talk = async <T>(label: string, effect: () => Result<T, ProviderRefusal>): Promise<Result<T, ProviderRefusal>> => {
      const { faults } = this.#world;
      const lost = refuse<ProviderRefusal>({ kind: 'no_answer', reason: 'timeout' });
      return call(`provider ${label}`, () => {
        if (faults.strikes('provider_silent')) return lost;
        const answer = effect();
        return faults.strikes('provider_answer_lost') ? lost : answer;
      });
    };
    return {
      name: this.name,
      url: 'https://provider.test/v2',
      pair: () => talk('pair', () => ok(PAIR)),
      expiryRange: () => talk('expiry', () => ok(EXPIRY)),
      create: (request) => talk('create', () => this.#create(request)),
      restore: (request) => talk('restore', () => ok(this.swaps.get(request.preimageHash)?.answer ?? null)),
      status: (id) => talk('status', () => this.#status(id)),
      cosign: (id, { preimage }) => talk('cosign', () => this.#cosign(id, preimage)),
      broadcast: (hex) => talk('broadcast', () => this.#broadcast(hex)),
    };
  }

  #create(request: CreateRequest): Result<unknown, ProviderRefusal> {
    if (this.swaps.has(request.preimageHash)) return refuse({ kind: 'exists', reason: 'swap with this preimage hash exists already' });
    const id = `sim${this.swaps.size}`;
    const script = scriptFor(`lockup ${id} ${request.preimageHash}`);
    const fee = BigInt(Math.ceil((PAIR.fees.percentage / 100) * request.invoiceAmount) + PAIR.fees.minerFees.lockup);
    const leaf = { version: 0xc4, output: 'ac' };
    const answer: CreateAnswer = {
      ...{ id, invoice: `lnbcrt-sim-${id}-${request.invoiceAmount}`, swapTree: { claimLeaf: leaf, refundLeaf: leaf }, lockupAddress: id },
      refundPublicKey: `02${toHex(sha256(id))}`,
      timeoutBlockHeight: this.#world.chain.tip + TIMEOUT_BLOCKS,
      onchainAmount: request.invoiceAmount - Number(fee),
      blindingKey: toHex(sha256(`blind ${id}`)),
    };
    const expiresAtMs = this.#world.nowMs() + request.invoiceExpiry * 1_000;
    const made = { request, answer, script, expiresAtMs, status: 'swap.created', isPaid: false, preimage: null };
    this.swaps.set(request.preimageHash, { ...made, lockups: [], isDoubleSpent: false });
    return ok(answer);
  }

  #status(id: string): Result<{ status: string; transaction?: { id: string; hex?: string } }, ProviderRefusal> {
    const swap = this.byId(id);
    if (!swap) return refuse({ kind: 'refused', reason: 'could not find swap' });
    const { faults, chain } = this.#world;
    if (faults.strikes('provider_lies_status')) return ok({ status: faults.dice.oneOf(STATUS_LIES) });
    const [txid] = swap.lockups.slice(-1);
    const hex = txid === undefined ? undefined : chain.known.get(txid)?.hex;
    return ok({ status: swap.status, ...(txid && hex ? { transaction: { id: txid, hex } } : {}) });
  }

  #cosign(id: string, preimage: Uint8Array): Result<{ publicNonce: string; partialSignature: string }, ProviderRefusal> {
    const swap = this.byId(id);
    if (!swap) return refuse({ kind: 'refused', reason: 'could not find swap' });
    this.learn(preimage);
    return ok({ publicNonce: '02'.repeat(66), partialSignature: '01'.repeat(32) });
  }

  #broadcast(hex: string): Result<null, ProviderRefusal> {
    this.#world.chain.onOffer(hex);
    return this.#world.chain.add(hex, this.#world.nowMs()).accepted ? ok(null) : refuse({ kind: 'refused', reason: 'rejected' });
  }

  byId(id: string): ProviderSwap | undefined {
    return [...this.swaps.values()].find(({ answer }) => answer.id === id);
  }

  /** A preimage that was seen anywhere: in a request, or in the witness of a claim. */
  learn(preimage: Uint8Array): void {
    const hash = toHex(sha256(preimage));
    const swap = this.swaps.get(hash);
    if (!swap || swap.preimage) return;
    this.onPreimage(hash);
    swap.preimage = Uint8Array.from(preimage);
    if (swap.isPaid) swap.status = 'invoice.settled';
  }

  /** The payer's money has come: lock up on chain, honestly or not. */
  lockUp(swap: ProviderSwap): void {
    const { faults, chain } = this.#world;
    if (!swap.isPaid || chain.tip >= swap.answer.timeoutBlockHeight) return;
    if (faults.strikes('lockup_bad')) {
      const bad = faults.dice.oneOf([
        { asset: WORTHLESS_ASSET },
        { valueSats: BigInt(swap.answer.onchainAmount) - 1n },
        { unreadable: true },
      ]);
      this.#pay(swap, bad);
      if (faults.dice.hits(0.6)) return;
    }
    this.#pay(swap, {});
    if (faults.strikes('lockup_doubled')) this.#pay(swap, {});
  }

  #pay(swap: ProviderSwap, change: { asset?: string; valueSats?: bigint; unreadable?: boolean }): void {
    const { faults, chain, nowMs } = this.#world;
    const sequence = faults.strikes('lockup_replaced') && faults.dice.hits(0.3) ? 0xfffffffd : 0xffffffff;
    const fund = { txid: toHex(sha256(`fund ${this.#funds++}`)), vout: 0, sequence };
    const made = makeTransaction([fund], [{ script: swap.script, valueSats: BigInt(swap.answer.onchainAmount), ...change }]);
    chain.add(made.hex, nowMs());
    swap.lockups.push(made.txid);
    swap.status = 'transaction.mempool';
  }

  /** Spends the lockup's own coins again, to itself or into another lockup. Only while they wait. */
  replaceLockup(swap: ProviderSwap, withAnother: boolean): void {
    const { chain, nowMs } = this.#world;
    const txid = swap.lockups.at(-1);
    const lockup = txid === undefined ? undefined : chain.known.get(txid);
    if (!lockup || lockup.gone || lockup.height !== null) return;
    const [input] = lockup.parsed.inputs;
    if (!input) return;
    const script = withAnother ? swap.script : scriptFor('provider');
    const made = makeTransaction([{ txid: input.txid, vout: input.vout }], [{ script, valueSats: BigInt(swap.answer.onchainAmount) + 1n }]);
    chain.add(made.hex, nowMs(), true);
    if (withAnother) swap.lockups.push(made.txid);
    swap.isDoubleSpent = true;
  }

  /** After the timeout the provider takes back what nobody has claimed. */
  takeBack(): void {
    const { chain, nowMs } = this.#world;
    for (const swap of this.swaps.values()) {
      if (chain.tip < swap.answer.timeoutBlockHeight) continue;
      for (const txid of swap.lockups) {
        if (chain.spender(txid, 0) || chain.known.get(txid)?.gone) continue;
        const made = makeTransaction([{ txid, vout: 0 }], [{ script: scriptFor('provider'), valueSats: 1n }]);
        chain.add(made.hex, nowMs());
        swap.status = 'transaction.refunded';
      }
    }
  }

  /** Once a minute: invoices end, lockups count as mined. */
  tick(): void {
    const { chain, nowMs } = this.#world;
    for (const swap of this.swaps.values()) {
      const isMined = swap.lockups.some((txid) => typeof chain.known.get(txid)?.height === 'number');
      if (swap.status === 'swap.created' && !swap.isPaid && nowMs() >= swap.expiresAtMs) swap.status = 'invoice.expired';
      if (swap.status === 'transaction.mempool' && isMined) swap.status = 'transaction.confirmed';
      if (swap.isPaid && swap.preimage && !swap.status.startsWith('transaction.refunded')) swap.status = 'invoice.settled';
    }
  }
}

export function preimageOf(index: number): Uint8Array {
  return sha256(`preimage ${index}`);
}

export function claimKeyOf(index: number): Uint8Array {
  return fromHex(`02${toHex(sha256(`claim key ${index}`))}`);
}
