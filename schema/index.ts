import './scalars.ts';
import './refusal.ts';
import './instructions.ts';
import './delivery.ts';
import './payment.ts';
import './checkout.ts';
import './payment-operations.ts';
import './link.ts';
import './link-operations.ts';
import './account.ts';
import './plan-status.ts';
import './account-operations.ts';
import '../subscriptions/payment.ts';
import '../subscriptions/link.ts';
import { builder } from './builder.ts';

/** The whole schema; every file that defines a part of it is imported above. */
export const schema = builder.toSchema();
