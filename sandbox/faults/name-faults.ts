import type { FaultSource } from './faults.ts';

/** Names of the sandbox: below `.test`, which no real name server knows (RFC 6761). */
const OWN_NAMES = /\.sandbox\.test$/i;
const INBOX_ADDRESS = '127.0.0.1';
/** Where something of the machine's own may listen that no merchant should reach (RFC 1918, RFC 4193). */
const PRIVATE_ADDRESSES = ['10.0.0.5', 'fd00::5'];
const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];

export function isSandboxName(name: string): boolean {
  return OWN_NAMES.test(name);
}

/** What a name of the sandbox stands for now; null for names that are not the sandbox's. Healthy names lead to its inboxes. */
export function lookUpInSandbox(faults: FaultSource, name: string): Promise<readonly string[]> | null {
  if (!isSandboxName(name)) return null;
  const { webhook_dns } = faults.current();
  if (webhook_dns === 'fails') return Promise.resolve([]); // what the product makes of name servers that do not answer
  if (webhook_dns === 'private') return Promise.resolve(PRIVATE_ADDRESSES);
  return Promise.resolve(webhook_dns === 'loopback' ? LOOPBACK_ADDRESSES : [INBOX_ADDRESS]);
}
