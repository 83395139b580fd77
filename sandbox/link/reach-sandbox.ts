import type { Log } from '../../src/lib/log.ts';
import type { Clock } from '../../src/lib/time.ts';
import type { Sandbox } from '../start-sandbox.ts';
import { SECOND_MS } from '../../src/lib/time.ts';
import { isSandboxName } from '../faults/name-faults.ts';
import { passOn } from './pass-on.ts';
import { SandboxLink } from './sandbox-link.ts';

export type ReachOptions = {
  /** Of the sandbox's control routes, without a path. */
  readonly url: string;
  readonly baseClock: Clock;
  readonly log: Log;
  /** Control routes answer callers of other machines too. */
  readonly isOpen?: boolean;
  /** Ends the wait for a sandbox that is not there. */
  readonly stopping: AbortSignal;
};

/** As patient as the product is with name servers. */
const NAME_MS = 5 * SECOND_MS;

/**
 * A sandbox that runs in another process, as if it ran in this one. Waits until it is there.
 * @throws the reason of `stopping` when that comes first
 */
export async function reachSandbox({ url, baseClock, log, isOpen = false, stopping }: ReachOptions): Promise<Sandbox> {
  const link = new SandboxLink({ url, baseClock, log });
  try {
    const world = await unlessStopped(link.world, stopping);
    return {
      ...world,
      clock: link.now,
      lookUp: (name) => (isSandboxName(name) ? lookUpFar(url, name) : null),
      control: passOn({ url, link: () => link.id, isOpen, log }),
      attach: (host) => unlessStopped(link.attach(host), stopping),
      demo() {
        if (!link.demo) throw new Error('the sandbox has no demo account yet');
        return link.demo;
      },
      close: () => link.close(),
    };
  } catch (fault) {
    await link.close();
    throw fault;
  }
}

/** A sandbox that does not answer is a name server that does not answer: no addresses. */
async function lookUpFar(url: string, name: string): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(NAME_MS);
  const answer = await fetch(`${url}/sandbox/names/${encodeURIComponent(name)}`, { signal }).catch(() => null);
  const addresses: unknown = await answer?.json().catch(() => null);
  return Array.isArray(addresses) ? addresses.filter((address) => typeof address === 'string') : [];
}

function unlessStopped<T>(work: Promise<T>, stopping: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onStop = () => reject(stopping.reason);
    if (stopping.aborted) return onStop();
    stopping.addEventListener('abort', onStop, { once: true });
    work.then(resolve, reject).finally(() => stopping.removeEventListener('abort', onStop));
  });
}
