import type { Dice } from './dice.ts';
import { newId } from '../../src/lib/ids.ts';

export const ACCOUNT = 'acc_1';
export const ENDPOINT = 'whk_1';

/** What one payer will do, thrown before the run begins. */
export type Plan = Readonly<{
  paymentId: string;
  amountSats: bigint;
  hasLightning: boolean;
  hasLiquid: boolean;
  createAfterMs: number;
  ttlMs: number;
  /** After the payment can be paid; null: nobody pays that way. */
  payLightningAfterMs: number | null;
  liquid: readonly Readonly<{ afterMs: number; amountSats: bigint; droppedAfterMs: number | null; backAfterMs: number | null }>[];
}>;

/** Lockups above this wait for their block. */
export const ZERO_CONF_MAX_SATS = 100_000n;

export function throwPlan(dice: Dice): Plan {
  const amountSats = BigInt(dice.oneOf([1_000, 49_999, 90_000, 250_000]));
  const ttlMs = dice.whole(90, 300) * 1_000;
  const way = dice.oneOf(['lightning', 'lightning', 'lightning', 'liquid', 'both', 'nobody'] as const);
  const soon = () => (dice.hits(0.15) ? ttlMs + dice.whole(-20_000, 240_000) : dice.whole(1_000, ttlMs));
  const paysLightning = way === 'lightning' || way === 'both';
  const paysLiquid = way === 'liquid' || way === 'both';
  return {
    ...{ paymentId: newId((size) => dice.bytes(size), 'payment'), amountSats, ttlMs, createAfterMs: dice.whole(0, 60_000) },
    hasLightning: paysLightning || dice.hits(0.7),
    hasLiquid: paysLiquid || dice.hits(0.5),
    payLightningAfterMs: paysLightning ? soon() : null,
    liquid: paysLiquid ? coins(dice, amountSats).map((coin) => throwCoin(dice, coin, soon())) : [],
  };
}

function coins(dice: Dice, amountSats: bigint): readonly bigint[] {
  const half = amountSats / 2n;
  return dice.oneOf([
    [amountSats],
    [amountSats],
    [amountSats + 5n],
    [amountSats - 7n],
    [half, amountSats - half],
    [amountSats, amountSats],
  ]);
}

function throwCoin(dice: Dice, amountSats: bigint, afterMs: number): Plan['liquid'][number] {
  const droppedAfterMs = dice.hits(0.25) ? dice.whole(1_000, 150_000) : null;
  const backAfterMs = droppedAfterMs !== null && dice.hits(0.5) ? dice.whole(1_000, 200_000) : null;
  return { afterMs, amountSats, droppedAfterMs, backAfterMs };
}
