import type { InvoiceTerms } from './bolt11-invoice.ts';
import type { CreateRequest } from './create-request.ts';
import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { SECOND_MS } from '../../src/lib/time.ts';
import { makeInvoice } from './bolt11-invoice.ts';

/** A BOLT 11 timestamp counts whole seconds; the expiry is counted from there. `changes`: where the invoice is to lie. */
export function openInvoice(
  deps: ProviderDeps,
  request: CreateRequest,
  changes: Partial<InvoiceTerms> = {},
): Pick<Swap, 'invoice' | 'paymentSecret' | 'invoiceExpiresMs'> {
  const createdAtSeconds = Math.floor(deps.now().getTime() / SECOND_MS);
  const paymentSecret = toHex(deps.random(32));
  const { preimageHash: paymentHash, invoiceSats: amountSats, expirySeconds, description, descriptionHash } = request;
  const terms = { paymentHash, paymentSecret, amountSats, description, descriptionHash, expirySeconds, createdAtSeconds };
  return {
    invoice: makeInvoice({ ...terms, ...changes }, deps.book.nodeKey),
    paymentSecret,
    invoiceExpiresMs: (createdAtSeconds + expirySeconds) * SECOND_MS,
  };
}
