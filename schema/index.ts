import './scalars.ts';
import './refusal.ts';
import './instructions.ts';
import './delivery.ts';
import './payment.ts';
import './checkout.ts';
import './payment-operations.ts';
import './link.ts';
import './link-operations.ts';
import './wallet.ts';
import './wallet-operations.ts';
import './done.ts';
import './user.ts';
import './sign-in-operations.ts';
import './user-operations.ts';
import '../subscriptions/payment.ts';
import '../subscriptions/link.ts';
import '../subscriptions/wallet.ts';
import './plan.ts';
import './registration.ts';
import './plan-operations.ts';
import '../subscriptions/registration.ts';
import { builder } from './builder.ts';

/** The whole schema; every file that defines a part of it is imported above. */
export const schema = builder.toSchema();
