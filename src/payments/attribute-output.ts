/** One payment to which an address was promised, as far as it matters for whose money arrived there. */
export type Promised = Readonly<{
  paymentId: string;
  amountSats: bigint;
  /** L-BTC that came for it before. */
  receivedSats: bigint;
  status: 'pending' | 'detected' | 'paid' | 'expired';
}>;

/**
 * Whose money it is that arrived on an address (conformance D-8). Usually one payment ever had it. After recycling, late money belongs to
 * the earlier payment whose exact amount it is; else to the newest one, where it is only clear while that one can be paid.
 * @param promised the newest first
 */
export function attributeOutput(promised: readonly Promised[], valueSats: bigint): { paymentId: string; isClear: boolean } | null {
  const [newest] = promised;
  if (!newest) return null;
  if (promised.length === 1 || isMissing(newest, valueSats)) return { paymentId: newest.paymentId, isClear: true };
  const exact = promised.find((each) => each.status === 'expired' && isMissing(each, valueSats));
  if (exact) return { paymentId: exact.paymentId, isClear: true };
  return { paymentId: newest.paymentId, isClear: newest.status !== 'expired' };
}

function isMissing({ amountSats, receivedSats }: Promised, valueSats: bigint): boolean {
  return valueSats === amountSats - receivedSats;
}
