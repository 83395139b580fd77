import { OP, OP_1, OP_16, PUSH_MAX, encodeNumber, hash160 } from './script.ts';

/** Numbers in scripts have at most four bytes, lock times five. */
const NUMBER_BYTES_MAX = 4;
const LOCKTIME_BYTES_MAX = 5;
/** BIP-342: each signature check costs 50 of a budget of 50 plus the size of the input's witness. */
const SIGNATURE_COST = 50;
/** Lock times below are block heights, from here on Unix seconds. */
const LOCKTIME_THRESHOLD = 500_000_000n;

/** elementsd's sentence for why a script failed. */
export class ScriptError extends Error {}

export type ScriptContext = {
  /** True for a good signature; throws ScriptError on a bad one (a tapscript has no other way to fail a signature). */
  readonly checkSignature: (signature: Uint8Array, key: Uint8Array) => boolean;
  readonly locktime: number;
  readonly sequence: number;
  readonly witnessBytes: number;
};

/** Runs a tapscript over its initial stack. @throws ScriptError */
export function runTapscript(script: Uint8Array, initial: readonly Uint8Array[], context: ScriptContext): void {
  const stack = [...initial];
  let budget = SIGNATURE_COST + context.witnessBytes;
  const check = (): boolean => {
    const key = pop(stack);
    const signature = pop(stack);
    if (key.length === 0) throw new ScriptError('Public key is neither compressed or uncompressed');
    if (signature.length === 0) return false;
    budget -= SIGNATURE_COST;
    if (budget < 0) throw new ScriptError('Too much signature validation relative to witness weight');
    if (key.length !== 32) throw new ScriptError('Public key version reserved for soft-fork upgrades');
    return context.checkSignature(signature, key);
  };
  for (const { opcode, push } of readScript(script)) {
    if (push) stack.push(push);
    else step(opcode, stack, context, check);
  }
  if (stack.length !== 1) throw new ScriptError('Stack size must be exactly one after execution');
  if (!isTrue(pop(stack))) throw new ScriptError('Script evaluated without error but finished with a false/empty top stack element');
}

function step(opcode: number, stack: Uint8Array[], context: ScriptContext, check: () => boolean): void {
  switch (opcode) {
    case OP.SIZE:
      stack.push(encodeNumber(BigInt(top(stack).length)));
      return;
    case OP.EQUALVERIFY:
      if (Buffer.compare(pop(stack), pop(stack)) !== 0) throw new ScriptError('Script failed an OP_EQUALVERIFY operation');
      return;
    case OP.HASH160:
      stack.push(hash160(pop(stack)));
      return;
    case OP.CHECKSIG:
      stack.push(check() ? Uint8Array.of(1) : new Uint8Array());
      return;
    case OP.CHECKSIGVERIFY:
      if (!check()) throw new ScriptError('Script failed an OP_CHECKSIGVERIFY operation');
      return;
    case OP.CHECKLOCKTIMEVERIFY:
      checkLocktime(decodeNumber(top(stack), LOCKTIME_BYTES_MAX), context);
      return;
    default:
      throw new ScriptError('Opcode missing or not understood');
  }
}

/** BIP-65. */
function checkLocktime(wanted: bigint, { locktime, sequence }: ScriptContext): void {
  if (wanted < 0n) throw new ScriptError('Negative locktime');
  const has = BigInt(locktime);
  const sameKind = wanted < LOCKTIME_THRESHOLD === has < LOCKTIME_THRESHOLD;
  if (!sameKind || wanted > has || sequence === 0xffff_ffff) throw new ScriptError('Locktime requirement not satisfied');
}

function* readScript(script: Uint8Array): Generator<{ readonly opcode: number; readonly push: Uint8Array | null }> {
  let at = 0;
  while (at < script.length) {
    const opcode = script[at++] ?? 0;
    if (opcode === 0) yield { opcode, push: new Uint8Array() };
    else if (opcode <= PUSH_MAX) {
      const push = script.slice(at, at + opcode);
      if (push.length !== opcode) throw new ScriptError('Opcode missing or not understood');
      if (!isShortestPush(push)) throw new ScriptError('Data push larger than necessary');
      at += opcode;
      yield { opcode, push };
    } else if (opcode >= OP_1 && opcode <= OP_16) yield { opcode, push: Uint8Array.of(opcode - OP_1 + 1) };
    else yield { opcode, push: null };
  }
}

function isShortestPush(push: Uint8Array): boolean {
  const only = push.length === 1 ? (push[0] ?? 0) : 0;
  return !(only >= 1 && only <= 16) && only !== 0x81;
}

function top(stack: readonly Uint8Array[]): Uint8Array {
  const item = stack.at(-1);
  if (!item) throw new ScriptError('Operation not valid with the current stack size');
  return item;
}

function pop(stack: Uint8Array[]): Uint8Array {
  const item = top(stack);
  stack.pop();
  return item;
}

/** False is zero in any length, minus zero included. */
function isTrue(item: Uint8Array): boolean {
  return item.some((byte, index) => byte !== 0 && !(byte === 0x80 && index === item.length - 1));
}

export function decodeNumber(bytes: Uint8Array, sizeMax: number = NUMBER_BYTES_MAX): bigint {
  if (bytes.length > sizeMax) throw new ScriptError('unknown error'); // a number overflow has no sentence of its own in elementsd
  let value = 0n;
  for (const [index, byte] of bytes.entries()) value |= BigInt(index === bytes.length - 1 ? byte & 0x7f : byte) << BigInt(8 * index);
  if ((bytes.at(-1) ?? 0) & 0x80) value = -value;
  if (Buffer.compare(encodeNumber(value), bytes) !== 0) throw new ScriptError('unknown error'); // not minimal: as above
  return value;
}
