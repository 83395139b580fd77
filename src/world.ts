import type { PrismaClient } from '../prisma/generated/client.ts';
import type { StatementDoor } from './lib/database.ts';
import type { Bus } from '../subscriptions/pubsub.ts';
import type { Sats } from './lib/money.ts';
import type { Limiter } from './limits/limiter.ts';
import type { Log } from './lib/log.ts';
import type { Meter } from './metrics/meter.ts';
import type { SendMail } from './mail/mail.ts';
import type { Random } from './lib/random.ts';
import type { Secret } from './lib/secret.ts';
import type { Clock } from './lib/time.ts';
import type { NetworkName } from './liquid/network.ts';
import type { Signer } from './swaps/signer.ts';

export type Place = { readonly name: string; readonly url: string };

/** The world as this process finds it: settings, keys, and the doors to everything outside. */
export type World = {
  readonly now: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sealingKey: Secret<Uint8Array>;
  readonly signer: Signer;
  /** From the seed, by the signer (`makeEventIds`). */
  readonly eventIdKey: Secret<Uint8Array>;
  /** From the seed, by the signer: seals what providers keep for the day when our records are lost. */
  readonly recordKey: Secret<Uint8Array>;
  readonly prisma: PrismaClient;
  /** What Prisma has its connections from; hot statements go past it. */
  readonly pool: StatementDoor;
  readonly bus: Bus;
  readonly meter: Meter;
  readonly limiter: Limiter;
  readonly network: NetworkName;
  /** In the sandbox plain http and loopback addresses are fine for webhooks and redirects. */
  readonly playful: boolean;
  readonly publicUrl: string;
  readonly apiUrl: string;
  readonly providers: readonly Place[];
  readonly chains: readonly Place[];
  readonly rates: readonly Place[];
  readonly paymentTtlSeconds: number;
  readonly zeroConfMaxSats: Sats;
  readonly billing: boolean;
  /** The wallet that plans are paid to; null: this server takes no plan payments. */
  readonly operatorDescriptor: Secret<string> | null;
  readonly planGraceMs: number;
  /** What whoever makes an account accepts; null or absent: nothing is said. */
  readonly termsUrl?: string | null;
  /** Block explorer; null or absent: the public one of the network. */
  readonly explorerUrl?: string | null;
  /** Addresses of names that this world has of its own (the sandbox's); null for every other name. */
  readonly lookUpOwn?: (name: string) => Promise<readonly string[]> | null;
  /** Called after a commit that recorded an event. */
  readonly onEvent: () => void;
  /** Called when a webhook delivery may be due. */
  readonly onDelivery: () => void;
  /** Null: nothing is sent, mails wait. */
  readonly sendMail: SendMail | null;
};
