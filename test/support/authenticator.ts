import type { KeyObject } from 'node:crypto';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** WebAuthn 3, section 6.1: user present, user verified, attested credential data included. */
const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;

export type Lies = {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly counter?: number;
  readonly type?: string;
};

/** An authenticator in software: one P-256 key for one site, and a counter. */
export class Authenticator {
  readonly id = randomBytes(32).toString('base64url');
  readonly #key: KeyObject;
  readonly #publicKey: Buffer;
  #counter = 0;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    // COSE_Key (RFC 9053): {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    const [head, tail] = [Buffer.from('a5010203262001215820', 'hex'), Buffer.from('225820', 'hex')];
    this.#publicKey = Buffer.concat([head, Buffer.from(x, 'base64url'), tail, Buffer.from(y, 'base64url')]);
  }

  /** As `navigator.credentials.create` answers. */
  create(options: { challenge: string; rp: { id: string } }, origin: string, lies: Lies = {}): object {
    const id = Buffer.from(this.id, 'base64url');
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, this.#publicKey]);
    const authData = Buffer.concat([this.#head(lies.rpId ?? options.rp.id, PRESENT | VERIFIED | ATTESTED, lies.counter ?? 0), attested]);
    // {"fmt": "none", "attStmt": {}, "authData": bytes}
    const length = Buffer.from([0x58, authData.length]);
    const attestation = Buffer.concat([Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'), length, authData]);
    const clientDataJSON = clientData(lies.type ?? 'webauthn.create', lies.challenge ?? options.challenge, lies.origin ?? origin);
    return this.#answer({ clientDataJSON: clientDataJSON.toString('base64url'), attestationObject: attestation.toString('base64url') });
  }

  /** As `navigator.credentials.get` answers. */
  get(options: { challenge: string; rpId: string }, origin: string, lies: Lies = {}): object {
    this.#counter = lies.counter ?? this.#counter + 1;
    const authData = this.#head(lies.rpId ?? options.rpId, PRESENT | VERIFIED, this.#counter);
    const clientDataJSON = clientData(lies.type ?? 'webauthn.get', lies.challenge ?? options.challenge, lies.origin ?? origin);
    const signed = Buffer.concat([authData, createHash('sha256').update(clientDataJSON).digest()]);
    return this.#answer({
      clientDataJSON: clientDataJSON.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign('sha256', signed, this.#key).toString('base64url'),
    });
  }

  #head(rpId: string, flags: number, counter: number): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([flags]), count]);
  }

  #answer(response: object): object {
    return { id: this.id, rawId: this.id, type: 'public-key', response, clientExtensionResults: {} };
  }
}

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}
