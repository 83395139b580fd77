import type { Log } from '../../src/lib/log.ts';
import type { OpenedChain } from '../chain/chain.ts';
import type { Zkp } from '../elements/zkp.ts';
import type { Faults } from '../faults/faults.ts';
import type { Provider } from '../provider/start-provider.ts';
import type { Shopper } from '../shopper/shopper.ts';
import type { Hosts } from './hosts.ts';
import type { Inboxes } from './inbox.ts';
import type { SandboxState } from './sandbox-state.ts';
import type { SandboxTime } from './sandbox-time.ts';

/** Everything that the control routes reach into. */
export type World = OpenedChain & {
  readonly state: SandboxState;
  readonly time: SandboxTime;
  readonly provider: Provider;
  readonly shopper: Shopper;
  readonly inboxes: Inboxes;
  readonly faults: Faults;
  readonly zkp: Zkp;
  readonly urls: { readonly chain: string; readonly rates: string; readonly inbox: string };
  readonly log: Log;
  readonly hosts: Hosts;
};
