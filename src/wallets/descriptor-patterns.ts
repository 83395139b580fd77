/**
 * TABLE: the forms that a descriptor's text is held against. Each reads a letter in one way only, so the work grows with the length of the
 * text alone, whatever somebody makes up; a test counts it.
 */
export const PATTERNS = {
  checksum: /^[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{8}$/,
  /** An extended private key anywhere: at the start of a run of letters, because base58 may spell the same inside a public key. */
  privateKey: /(?<![0-9a-z])[a-z]prv/i,
  /** Twelve and more plain words: somebody pasted the wallet itself. */
  recoveryWords: /^\s*(?:[a-z]{3,8}\s+){11,}[a-z]{3,8}\s*$/i,
  confidential: /^ct\((.*)\)$/,
  blinding: /^slip77\(([0-9a-fA-F]{64})\),(.*)$/,
  nested: /^elsh\(wpkh\(([^() ]+)\)\)$/,
  native: /^elwpkh\(([^() ]+)\)$/,
  origin: /^\[([^[\]]*)\](.*)$/,
  originText: /^([0-9a-f]{8})((?:\/(?:0|[1-9][0-9]{0,9})['hH]?)*)$/i,
} as const;
