import type { NetworkText } from './liquid-vectors.ts';
import { HDKey } from '@scure/bip32';
import { descriptorChecksum } from '../../sandbox/merchant-wallet/descriptor-checksum.ts';

/**
 * The rules of a wallet descriptor once more, argued independently: other code, another library for keys, the sandbox's checksum. It
 * walks the text from left to right and names every character that it passes.
 */
const VERSIONS = {
  liquid: { public: 0x0488b21e, private: 0x0488ade4 },
  testnet: { public: 0x043587cf, private: 0x04358394 },
  regtest: { public: 0x043587cf, private: 0x04358394 },
};
const HEX = '0123456789abcdefABCDEF';
const DIGITS = '0123456789';
const HARDENED = 2 ** 31;

export function isGoodDescriptor(text: string, network: NetworkText): boolean {
  if (text.length > 500) return false;
  const [body = '', ...sums] = text.split('#');
  if (sums.length > 1 || (sums.length === 1 && sums[0] !== checksumOrNull(body))) return false;
  let at = 0;
  const take = (word: string) => {
    const isNext = body.startsWith(word, at);
    if (isNext) at += word.length;
    return isNext;
  };
  const takeAll = (letters: string) => {
    const from = at;
    while (at < body.length && letters.includes(body.charAt(at))) at++;
    return body.slice(from, at);
  };
  if (!take('ct(slip77(')) return false;
  const blinding = takeAll(HEX);
  if (blinding.length !== 64 || /^0+$/.test(blinding) || !take('),')) return false;
  const isNested = take('elsh(wpkh(');
  if (!isNested && !take('elwpkh(')) return false;
  const close = isNested ? ')))' : '))';
  const key = body.slice(at, body.length - close.length);
  return body.endsWith(close) && body.length - close.length > at && isGoodKey(key, network);
}

function isGoodKey(text: string, network: NetworkText): boolean {
  const closing = text.startsWith('[') ? text.indexOf(']') : 0;
  if (closing < 0) return false;
  const origin = text.startsWith('[') ? readOrigin(text.slice(1, closing)) : null;
  if (text.startsWith('[') && !origin) return false;
  const rest = text.startsWith('[') ? text.slice(closing + 1) : text;
  const path = ['/0/*', '/<0;1>/*'].find((known) => rest.endsWith(known));
  const key = path === undefined ? null : readKey(rest.slice(0, -path.length), network);
  if (!key) return false;
  if (!origin) return true;
  const steps = origin.steps;
  if (network === 'liquid' && steps[1] === HARDENED + 1) return false;
  if (steps.length !== key.depth) return false;
  if (steps.length === 0) return origin.fingerprint === key.fingerprint;
  if (steps.at(-1) !== key.index) return false;
  return steps.length > 1 || origin.fingerprint === key.parentFingerprint;
}

function readOrigin(text: string): { fingerprint: number; steps: number[] } | null {
  const [first = '', ...rest] = text.split('/');
  if (first.length !== 8 || [...first].some((char) => !HEX.includes(char))) return null;
  const steps = rest.map((step) => {
    const isHard = ["'", 'h', 'H'].includes(step.at(-1) ?? '');
    const digits = isHard ? step.slice(0, -1) : step;
    const isNumber = digits !== '' && [...digits].every((char) => DIGITS.includes(char)) && String(Number(digits)) === digits;
    return isNumber && Number(digits) < HARDENED ? Number(digits) + (isHard ? HARDENED : 0) : Number.NaN;
  });
  return steps.some(Number.isNaN) ? null : { fingerprint: Number.parseInt(first, 16), steps };
}

function readKey(text: string, network: NetworkText): HDKey | null {
  try {
    const key = HDKey.fromExtendedKey(text, VERSIONS[network]);
    return key.privateKey ? null : key;
  } catch {
    return null;
  }
}

function checksumOrNull(body: string): string | null {
  try {
    return descriptorChecksum(body);
  } catch {
    return null;
  }
}
