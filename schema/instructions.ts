import type { Payment, LightningOffer } from '../src/payments/payment.ts';
import type { Sats } from '../src/lib/money.ts';
import { lbtcText } from '../src/lib/money.ts';
import { liquidUri } from '../src/liquid/address.ts';
import { builder } from './builder.ts';

const METHOD_STATES = ['OFFERED', 'NOT_CONFIGURED', 'PROVIDER_DOWN', 'OUT_OF_LIMITS', 'NO_ADDRESS_FREE'] as const;
type MethodState = (typeof METHOD_STATES)[number];

export const MethodStateEnum = builder.enumType('MethodState', {
  description: 'Whether a way to pay is offered, or why not.',
  values: METHOD_STATES,
});

export const LightningInstructions = builder.objectRef<{ invoice: string; expiresAt: Date }>('LightningInstructions').implement({
  description: 'How to pay over Lightning.',
  fields: (t) => ({
    invoice: t.string({ description: 'BOLT11 invoice.', resolve: ({ invoice }) => invoice }),
    uri: t.string({ description: 'lightning: link of the same invoice.', resolve: ({ invoice }) => `lightning:${invoice}` }),
    expiresAt: t.field({ type: 'DateTime', description: 'When the invoice itself expires.', resolve: ({ expiresAt }) => expiresAt }),
  }),
});

export const LiquidInstructions = builder.objectRef<{ address: string; amountSats: Sats }>('LiquidInstructions').implement({
  description: 'How to pay with L-BTC directly.',
  fields: (t) => ({
    address: t.string({ description: 'Confidential Liquid address.', resolve: ({ address }) => address }),
    uri: t.string({
      description: 'liquidnetwork: link with amount and asset.',
      resolve: ({ address, amountSats }, _args, { app }) => liquidUri(app.network, address, amountSats),
    }),
    amountLbtc: t.string({
      description: 'What is to be sent, with eight decimals: the amount, less what has come already.',
      resolve: ({ amountSats }) => lbtcText(amountSats),
    }),
    assetId: t.string({ description: 'The only asset that counts.', resolve: (_instructions, _args, { app }) => app.network.lbtcAsset }),
  }),
});

const LIGHTNING_STATES: { readonly [Offer in LightningOffer]: MethodState } = {
  offered: 'OFFERED',
  none_configured: 'NOT_CONFIGURED',
  provider_down: 'PROVIDER_DOWN',
  out_of_limits: 'OUT_OF_LIMITS',
};

export function lightningStateOf(payment: Payment): MethodState {
  return LIGHTNING_STATES[payment.lightning];
}

/** A payment without an address found none free when it was made: too many unpaid ones lay ahead of the last used. */
export function liquidStateOf(hasAddress: boolean): MethodState {
  return hasAddress ? 'OFFERED' : 'NO_ADDRESS_FREE';
}
