import type { SealedPlace, Sealer } from '../../src/lib/sealed.ts';
import type { Tx } from '../../src/lib/database.ts';
import type { ClaimAddress, ClaimAddressRequest } from '../../src/swaps/claim-record.ts';
import type { ClaimOnRecord, Signer } from '../../src/swaps/signer.ts';
import type { Random } from '../../src/lib/random.ts';
import type { ClaimRequest, UnsignedClaim } from '../../src/liquid/claim-transaction.ts';
import { sameBytes, sha256 } from '../../src/lib/bytes.ts';
import { newId } from '../../src/lib/ids.ts';
import { sats } from '../../src/lib/money.ts';
import { ok, refuse } from '../../src/lib/result.ts';
import { Secret } from '../../src/lib/secret.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { findClaimLease, insertClaimLease } from '../../src/wallets/address-store.ts';
import { insertAddress, insertDirectLease } from '../../src/wallets/direct-lease-store.ts';
import { takeNextIndex } from '../../src/wallets/script-chain-store.ts';
import { makeTransaction, NETWORK, scriptFor, unblindOpen } from './chain.ts';
import { claimKeyOf, preimageOf } from './provider.ts';

export const CHAIN_ID = 'chn_1';

/** Ids are 30 characters long. */
export const TAG_BYTES = 64;

function tagOf({ table, row, column }: SealedPlace): Uint8Array {
  return Buffer.from(`${table} ${row} ${column}`.padEnd(TAG_BYTES).slice(0, TAG_BYTES), 'latin1');
}

/** Sealed values are tagged with their place, and open there only. */
export const tagSealer: Sealer = {
  seal: (place, plain) => new Uint8Array(Buffer.concat([tagOf(place), plain])),
  open: (place, sealed) => {
    if (!sameBytes(sealed.subarray(0, TAG_BYTES), tagOf(place))) throw new Error('sealed for another place');
    return sealed.subarray(TAG_BYTES);
  },
  hash: (domain, text) => new Uint8Array(sha256(`${domain}\0${text}`)),
};

/** The address of one index of the one merchant: a text instead of a derivation. */
export function addressScript(index: number): Uint8Array {
  return scriptFor(`address ${index}`);
}

export async function takeClaimAddress(random: Random, tx: Tx, request: ClaimAddressRequest): Promise<ClaimAddress> {
  const { accountId, swapId, amountSats, at: leasedAt } = request;
  const known = await findClaimLease(tx, { accountId, swapId });
  if (known) return { addressId: known.addressId, scriptPubKey: addressScript(known.index), blindingPublicKey: new Uint8Array(33) };
  const index = await takeNextIndex(tx, CHAIN_ID);
  const again = await findClaimLease(tx, { accountId, swapId }); // the counter's row is locked now
  if (again) return { addressId: again.addressId, scriptPubKey: addressScript(again.index), blindingPublicKey: new Uint8Array(33) };
  const scriptPubKey = addressScript(index);
  const [addressId, leaseId] = [newId(random, 'address'), newId(random, 'lease')];
  const lease = { leaseId, addressId, accountId, chainId: CHAIN_ID, index, scriptPubKey, swapId, amountSats: sats(amountSats), leasedAt };
  await insertClaimLease(tx, lease);
  return { addressId, scriptPubKey, blindingPublicKey: new Uint8Array(33) };
}

type Direct = { accountId: string; paymentId: string; amountSats: bigint; at: Date };

export async function leaseDirect(random: Random, tx: Tx, { accountId, paymentId, amountSats, at: leasedAt }: Direct): Promise<void> {
  const index = await takeNextIndex(tx, CHAIN_ID);
  const [addressId, leaseId] = [newId(random, 'address'), newId(random, 'lease')];
  await insertAddress(tx, { addressId, chainId: CHAIN_ID, index, scriptPubKey: addressScript(index) });
  await insertDirectLease(tx, { leaseId, addressId, accountId, paymentId, amountSats: sats(amountSats), leasedAt });
}

/** Open amounts in the place of proofs; a random nonce in the place of blinding, so that a second build has another txid. */
export function openProofs(random: Random, turn: () => Promise<void>) {
  return {
    unblind: async (output: Parameters<typeof unblindOpen>[0]) => unblindOpen(output),
    buildClaim: async (request: ClaimRequest): Promise<UnsignedClaim> => {
      await turn();
      const { lockupHex, lockupVout, lockup, destination, feeSats } = request;
      const { txid } = parseTransaction(lockupHex);
      const outputSats = lockup.valueSats - feeSats;
      const nonce = Uint8Array.from([2, ...random(32)]);
      const made = makeTransaction(
        [{ txid, vout: lockupVout, sequence: 0xfffffffd }],
        [
          { script: destination.scriptPubKey, valueSats: outputSats, nonce },
          { script: new Uint8Array(), valueSats: feeSats },
        ],
      );
      return { ...made, feeSats, outputSats };
    },
  };
}

/** The signer's rules without its curve arithmetic: it reads the record itself, and a witness is the preimage in the open. */
export function tagSigner(deps: { record: (swapId: string) => Promise<ClaimOnRecord | null>; refuses: () => boolean }): Signer {
  const no = (code: string) => refuse({ kind: 'forbidden' as const, code, message: `The signer refuses: ${code}` });
  const checked = async (swapId: string) => {
    const record = await deps.record(swapId);
    if (!record) return no('claim_not_stored');
    const fault = deps.refuses() ? 'claim_outputs' : faultOf(record);
    return fault ? no(fault) : ok(record);
  };
  const revealed = async (swapId: string) => {
    const record = await checked(swapId);
    if (!record.ok) return record;
    if (!record.value.claim.signed) return no('claim_not_signed');
    return record.value.revealedAt === null ? no('reveal_not_committed') : record;
  };
  return {
    fingerprint: async () => 'sim',
    swapKeys: async ({ index }) => ({ claimPublicKey: claimKeyOf(index), preimageHash: sha256(preimageOf(index)) }),
    async signStoredClaim(swapId) {
      const record = await checked(swapId);
      if (!record.ok) return record;
      const { claim, key } = record.value;
      return claim.signed ? no('claim_signed_already') : ok(new Secret(signedBy(claim.hex.reveal(), preimageOf(key.index))));
    },
    async startCooperative(swapId) {
      const record = await revealed(swapId);
      if (!record.ok) return record;
      const hex = record.value.claim.hex.reveal();
      const preimage = new Secret(preimageOf(record.value.key.index));
      const finish = async () => signedBy(hex, Uint8Array.of(7));
      return ok({ publicNonce: new Uint8Array(66), preimage, finish, abandon: () => {} });
    },
  };
}

const signedBy = (hex: string, witness: Uint8Array) => ({ claimHash: sha256(hex), witness: [witness] });

function faultOf({ claim, lockup, destinationScript }: ClaimOnRecord): string | null {
  const { txid, inputs, outputs } = parseTransaction(claim.hex.reveal());
  if (txid !== claim.txid) return 'claim_txid';
  const [input, ...more] = inputs;
  if (!input || more.length > 0 || input.txid !== lockup.txid || input.vout !== lockup.vout) return 'claim_of_other_outpoint';
  const paid = outputs.filter(({ script }) => script.length > 0);
  return paid.length === 1 && paid.every(({ script }) => sameBytes(script, destinationScript)) ? null : 'claim_to_other_destination';
}

export function explicitSats(output: { asset: Uint8Array; value: Uint8Array; nonce: Uint8Array }): bigint {
  const opened = unblindOpen(output);
  return opened && opened.assetId === NETWORK.lbtcAsset ? opened.valueSats : 0n;
}
