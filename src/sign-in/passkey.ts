import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Random } from '../lib/random.ts';
import type { Passkey, User } from './user.ts';
import { z } from 'zod';

/** Where passkeys of this server are valid. */
export type PasskeyPlace = { readonly rpId: string; readonly origins: readonly string[] };

/** A tenth of all that a server loads, and most servers never see a passkey: loaded with the first one. */
const webauthn = () => import('@simplewebauthn/server');

const CHALLENGE_BYTES = 32;
/** ES256, EdDSA, RS256: what every platform makes. */
const ALGORITHMS = [-7, -8, -257];
/** An answer of an authenticator is below 2 kB; attestation is not asked for. */
const FIELD_CHARS_MAX = 8_192;
const text = z.string().max(FIELD_CHARS_MAX);

const ASSERTION = z.object({
  ...{ id: text, rawId: text, type: z.literal('public-key') },
  response: z.object({ clientDataJSON: text, authenticatorData: text, signature: text, userHandle: text.optional() }),
});
const ATTESTATION = z.object({
  ...{ id: text, rawId: text, type: z.literal('public-key') },
  response: z.object({ clientDataJSON: text, attestationObject: text }),
});

/** Fresh options for `navigator.credentials`, with the challenge that they hold. */
export type PasskeyOptions = { readonly options: object; readonly challenge: string };

export async function optionsToAdd(
  place: PasskeyPlace,
  user: Pick<User, 'id' | 'email' | 'passkeys'>,
  random: Random,
): Promise<PasskeyOptions> {
  const { generateRegistrationOptions } = await webauthn();
  const options = await generateRegistrationOptions({
    ...{ rpName: 'AvoPay', rpID: place.rpId, userName: user.email, userID: new TextEncoder().encode(user.id) },
    challenge: new Uint8Array(random(CHALLENGE_BYTES)),
    attestationType: 'none',
    excludeCredentials: user.passkeys.map(({ id }) => ({ id })),
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return { options, challenge: options.challenge };
}

export async function optionsToProve(place: PasskeyPlace, passkeys: readonly Passkey[], random: Random): Promise<PasskeyOptions> {
  const { generateAuthenticationOptions } = await webauthn();
  const options = await generateAuthenticationOptions({
    rpID: place.rpId,
    allowCredentials: passkeys.map(({ id }) => ({ id })),
    challenge: new Uint8Array(random(CHALLENGE_BYTES)),
    userVerification: 'preferred',
  });
  return { options, challenge: options.challenge };
}

export type AddedPasskey = Pick<Passkey, 'id' | 'publicKey' | 'signCount'> & { readonly challenge: string };

/** What an authenticator answered to `optionsToAdd`, or null when it is none of its answers. The challenge is judged by whoever asked. */
export async function readAddedPasskey(place: PasskeyPlace, answer: unknown): Promise<AddedPasskey | null> {
  const parsed = ATTESTATION.safeParse(answer);
  if (!parsed.success) return null;
  let challenge = '';
  const response = { ...parsed.data, clientExtensionResults: {} } satisfies RegistrationResponseJSON;
  const { verifyRegistrationResponse } = await webauthn();
  const verified = await orNull(() =>
    verifyRegistrationResponse({
      ...{ response, expectedRPID: place.rpId, expectedOrigin: [...place.origins], supportedAlgorithmIDs: ALGORITHMS },
      requireUserVerification: false, // the password is the first factor
      expectedChallenge: (sent) => {
        challenge = sent;
        return true;
      },
    }),
  );
  if (!verified?.verified) return null;
  const { id, publicKey, counter } = verified.registrationInfo.credential;
  return { id, publicKey, signCount: BigInt(counter), challenge };
}

export type ProvenPasskey = { readonly id: string; readonly from: bigint; readonly to: bigint; readonly challenge: string };

/** What an authenticator answered to `optionsToProve`, by which of these passkeys; null when it is an answer of none of them. */
export async function readProvenPasskey(place: PasskeyPlace, passkeys: readonly Passkey[], answer: unknown): Promise<ProvenPasskey | null> {
  const parsed = ASSERTION.safeParse(answer);
  const passkey = passkeys.find(({ id }) => parsed.success && id === parsed.data.id);
  if (!parsed.success || !passkey) return null;
  let challenge = '';
  const { userHandle, ...rest } = parsed.data.response;
  const signed = { ...rest, ...(userHandle === undefined ? {} : { userHandle }) };
  const response = { ...parsed.data, response: signed, clientExtensionResults: {} } satisfies AuthenticationResponseJSON;
  const { verifyAuthenticationResponse } = await webauthn();
  const verified = await orNull(() =>
    verifyAuthenticationResponse({
      ...{ response, expectedRPID: place.rpId, expectedOrigin: [...place.origins] },
      credential: { id: passkey.id, publicKey: passkey.publicKey, counter: Number(passkey.signCount) },
      requireUserVerification: false, // the password is the first factor
      expectedChallenge: (sent) => {
        challenge = sent;
        return true;
      },
    }),
  );
  if (!verified?.verified) return null;
  return { id: passkey.id, from: passkey.signCount, to: BigInt(verified.authenticationInfo.newCounter), challenge };
}

/** The library throws at every answer that it does not like; each of them is simply no proof. */
async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}
