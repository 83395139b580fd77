import { builder } from '../schema/builder.ts';
import { CheckoutRef } from '../schema/checkout.ts';
import { PaymentRef, visiblePayment } from '../schema/payment.ts';
import { visibleCheckout } from '../schema/payment-operations.ts';
import { PAYMENT_NOT_FOUND } from '../src/lib/ids.ts';
import { currentState, existing } from './current-state.ts';
import { topics } from './topics.ts';

builder.subscriptionFields((t) => ({
  checkout: t.field({
    type: CheckoutRef,
    description: 'What the payer may see: now, and after every change. Public: the id is the secret.',
    args: { paymentId: t.arg.id({ required: true }) },
    subscribe: (_root, { paymentId }, context) => {
      const id = String(paymentId);
      return existing(
        currentState(context.app.bus, topics.subject(id), () => visibleCheckout(id, context)),
        PAYMENT_NOT_FOUND,
      );
    },
    resolve: (checkout) => checkout,
  }),
  paymentUpdated: t.field({
    type: PaymentRef,
    description: 'One payment: now, and after every change.',
    authScopes: { secretOrTest: true },
    args: { id: t.arg.id({ required: true }) },
    subscribe: (_root, args, context) => {
      const id = String(args.id);
      return existing(
        currentState(context.app.bus, topics.subject(id), () => visiblePayment(id, context)),
        PAYMENT_NOT_FOUND,
      );
    },
    resolve: (payment) => payment,
  }),
}));
