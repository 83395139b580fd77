import type { Refusal } from '../lib/refusal.ts';

/** TABLE: why a descriptor is refused, one code per reason. No sentence repeats any of the input: it may be a secret. */
const REASONS = {
  too_long: 'The descriptor is longer than 500 characters.',
  characters: 'The descriptor contains a character that descriptors cannot have. Copy it again as one line.',
  checksum: 'The checksum at the end of the descriptor does not fit. Copy the whole descriptor again.',
  form: 'The descriptor must start with ct(slip77( and end with its closing bracket.',
  blinding: 'The blinding key must be slip77(…) with 64 hexadecimal digits.',
  script: 'Only elsh(wpkh(…)) and elwpkh(…) descriptors with one key are supported, as AQUA exports them.',
  key: 'The descriptor must contain a valid extended public key (xpub).',
  private_key: 'This contains a PRIVATE key. Never share it: whoever has it can take the money. Export a watch-only descriptor instead.',
  recovery_words:
    'These look like recovery words. Never share them: whoever has them can take the money. Export a watch-only descriptor instead.',
  network: 'The extended public key belongs to another network or to another kind of wallet.',
  origin: 'The part in square brackets does not fit the extended public key behind it.',
  path: 'The key must end in /0/* or /<0;1>/*, the receiving addresses.',
} as const;
export type DescriptorReason = keyof typeof REASONS;

export function descriptorRefusal(reason: DescriptorReason): Refusal {
  return { kind: 'invalid', code: `descriptor_${reason}`, message: REASONS[reason] };
}
