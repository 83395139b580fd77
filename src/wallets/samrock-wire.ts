import { z } from 'zod';

/**
 * What SamRock wallets send (https://github.com/rockstardev/SamRockProtocol): JSON in a form field `json`. AQUA posts a multipart form
 * under a wrong content type and with an odd boundary; others send the JSON itself, or an ordinary form. So the content type is not
 * looked at: the body is. Bitcoin's descriptor comes too; it is not even parsed.
 */
const descriptor = z.object({ Descriptor: z.string() });
const liquid = z.object({ LBTC: descriptor });
const setup = z
  .object({ LBTC: descriptor.optional(), 'BTC-LN': liquid.optional(), BTCLN: liquid.optional() })
  .transform(({ LBTC, ...lightning }) => {
    const direct = LBTC?.Descriptor;
    const claim = (lightning['BTC-LN'] ?? lightning.BTCLN)?.LBTC.Descriptor;
    return { lbtcDescriptor: direct ?? claim, btclnDescriptor: claim ?? direct };
  });

export type SamrockSetup = Readonly<{ lbtcDescriptor: string; btclnDescriptor: string }>;

/** The descriptors of a setup message, the one standing in where the other is missing; null when there is none to be found. */
export function readSamrockSetup(body: Uint8Array): SamrockSetup | null {
  const text = new TextDecoder().decode(body).trim();
  for (const candidate of [text, formField(text), partOf(text)]) {
    const parsed = setup.safeParse(unwrapped(candidate));
    const { lbtcDescriptor, btclnDescriptor } = parsed.data ?? {};
    if (lbtcDescriptor !== undefined && btclnDescriptor !== undefined) return { lbtcDescriptor, btclnDescriptor };
  }
  return null;
}

/** Also a message that was wrapped once more: `{"json": "{…}"}`. */
function unwrapped(text: string | null): unknown {
  const value = parseOrNull(text);
  const inner = typeof value === 'object' && value !== null && 'json' in value ? value.json : null;
  return typeof inner === 'string' ? parseOrNull(inner) : value;
}

function formField(text: string): string | null {
  return text.includes('json=') ? new URLSearchParams(text).get('json') : null;
}

/** The part named `json` of a multipart body, whatever the boundary is: its first line is the one that ends every part. */
function partOf(text: string): string | null {
  const [boundary = '', ...lines] = text.split(/\r?\n/);
  if (!boundary.startsWith('--')) return null;
  const named = lines.findIndex((line) => /^content-disposition:.*\bname="?json"?/i.test(line));
  if (named < 0) return null;
  const start = lines.indexOf('', named);
  const end = lines.findIndex((line, index) => index > start && line.startsWith(boundary));
  return start < 0 ? null : lines.slice(start + 1, end < 0 ? undefined : end).join('\n');
}

function parseOrNull(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null; // SyntaxError: no JSON
  }
}

/** What the wallet is told; AQUA looks at the status alone. */
export function samrockReply(
  outcome: { readonly ok: true } | { readonly ok: false; readonly code: string; readonly message: string },
): object {
  if (!outcome.ok) return { Success: false, Message: outcome.message, Error: outcome.code };
  const done = { Success: true };
  return { Success: true, Message: 'Wallet connected.', Result: { LBTC: done, BTC_LN: done } };
}
