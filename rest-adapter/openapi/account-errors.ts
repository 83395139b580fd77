import type { ErrorRows } from './error-row.ts';

/** What a descriptor's words come with when the two of a request differ. */
const either = (error: string) => ({ status: 400, error, also: [`lbtc_descriptor: ${error}`, `btcln_descriptor: ${error}`] }) as const;

/** TABLE: refusals of sign-in, keys, plans and wallets. */
export const ACCOUNT_ERRORS = {
  registration_fields_required: {
    ...{ status: 400, error: 'email, password, plan and terms_accepted are required' },
    meaning: 'Missing required fields in request body.',
  },
  email_and_password_required: { status: 400, error: 'email and password are required', meaning: 'Missing required fields.' },
  email_required: { status: 400, error: 'email is required', meaning: 'Missing required field.' },
  token_required: {
    ...{ status: 400, error: 'token is required', also: ['token and password are required'] },
    meaning: 'Missing required fields.',
  },
  invalid_email: { status: 400, error: 'email is not a valid address', meaning: 'No address that mail could reach.' },
  invalid_name: { status: 400, error: 'name must be 1 to 60 characters of plain text', meaning: 'Empty, too long, or not plain text.' },
  password_too_short: { status: 400, error: 'password must be at least 8 characters', meaning: 'A longer one is needed.' },
  password_too_long: { status: 400, error: 'password must be at most 128 bytes', meaning: 'A shorter one is needed.' },
  terms_not_accepted: { status: 400, error: 'terms_accepted must be true', meaning: 'An account needs accepted terms.' },
  invalid_token: {
    ...{ status: 400, error: 'This link was used already, or is too old — ask for a new one' },
    meaning: 'The token of a mail works once and for a while.',
  },
  invalid_totp_secret: { status: 400, error: 'secret must be at least 26 characters of base32', meaning: 'Too short, or no base32.' },
  wrong_code: {
    ...{ status: 400, error: 'This code does not match — check the clock of your telephone' },
    meaning: 'The code is not that of the secret now.',
  },
  invalid_passkey: {
    ...{ status: 400, error: 'This is no answer to the options that were made for you — start again' },
    meaning: 'Not what an authenticator answered to this person’s options, or too late.',
  },
  invalid_logo: { status: 400, error: 'image must be the file in base64', meaning: 'No base64.' },
  logo_too_large: {
    ...{ status: 400, error: 'The logo must have at most 45000 bytes — make the picture smaller' },
    meaning: 'The file is too large.',
  },
  logo_too_wide: { status: 400, error: 'The logo must be at most 2048 pixels wide and high', meaning: 'Too many pixels, or none.' },
  logo_unreadable: { status: 400, error: 'The logo must be a whole PNG, JPEG or WebP picture', meaning: 'Torn, or something else.' },
  logos_busy: { status: 503, error: 'Too many logos are being drawn — please retry', meaning: 'Try again in a few seconds.' },
  invalid_label: {
    ...{ status: 400, error: 'label must have 1 to 80 characters of plain text' },
    meaning: 'Of a key or a passkey: empty, too long, or not plain text.',
  },
  export_limit: {
    ...{ status: 429, error: 'Too many requests — retry in {seconds} seconds' },
    meaning: 'The account was exported within the last minute.',
  },
  wrong_email_or_password: {
    ...{ status: 401, error: 'Wrong e-mail address or password' },
    meaning: 'The same answer for an unknown address and a wrong password.',
  },
  wrong_second_factor: {
    ...{ status: 401, error: 'This code or passkey does not hold — a code works once, for about a minute' },
    meaning: 'The password was right, the second factor was not.',
  },
  not_signed_in: { status: 401, error: 'Sign in first', meaning: 'No session, or one that has ended.' },
  session_required: {
    ...{ status: 403, error: 'Sign in with e-mail and password to do this — a key cannot' },
    meaning: 'A key was used where a person is asked for.',
  },
  sign_in_again: {
    ...{ status: 403, error: 'Sign in again to do this — it needs your password from the last 10 minutes' },
    meaning: 'The session is older than ten minutes.',
  },
  not_from_our_pages: {
    ...{ status: 403, error: 'Send this from a page of AvoPay: it needs the header X-AvoPay-Request: 1 and an allowed Origin' },
    meaning: 'A session changes nothing without the header that other sites cannot send.',
  },
  wrong_password: { status: 403, error: 'The password is not right', meaning: 'Closing an account asks for the password once more.' },
  session_not_found: { status: 404, error: 'Session not found', meaning: 'This person has no such session.' },
  passkey_not_found: { status: 404, error: 'Passkey not found', meaning: 'This person has no such passkey.' },
  email_registered: { status: 409, error: 'Email already registered', meaning: 'Sign in instead.' },
  email_not_verified: {
    ...{ status: 409, error: 'Confirm your e-mail address first — the link is in the mail that we sent you' },
    meaning: 'A second factor needs an address that is known to be yours.',
  },
  passkey_registered: { status: 409, error: 'This passkey is registered already', meaning: 'Each passkey is added once.' },
  too_many_passkeys: { status: 409, error: 'An account has at most 20 passkeys', meaning: 'Remove one first.' },
  sign_in_busy: {
    ...{ status: 503, error: 'Too many people are signing in — please retry' },
    meaning: 'Passwords are checked a few at a time.',
  },

  invalid_setting: {
    ...{ status: 400, error: 'gross_up must be true or false', also: ['{setting} must {rule}'] },
    meaning: 'The sentence names the setting and what it takes.',
  },
  invalid_origins: {
    status: 400,
    error: 'origins must be a list of at most 20 web addresses such as https://shop.example, without a path',
    also: ['frame_origins must be a list of at most 20 web addresses such as https://shop.example, without a path'],
    meaning: 'Plain http, a path, or no list.',
  },
  invalid_key_kind: { status: 400, error: 'kind must be one of secret, publishable', meaning: 'There is no other kind of key.' },
  invalid_key_mode: { status: 400, error: 'mode must be one of live, test', meaning: 'There is no other mode.' },
  invalid_max_amount: {
    ...{ status: 400, error: 'max_amount must name amounts by currency, such as {"EUR": 100}' },
    meaning: 'An unknown currency, or an amount that is not one.',
  },
  invalid_expiry: {
    ...{ status: 400, error: 'expires_at must be a time to come, such as 2027-01-31T00:00:00.000Z' },
    meaning: 'In the past, or no time with its zone.',
  },
  bounds_of_publishable_keys: {
    ...{ status: 400, error: 'origins and max_amount are for publishable keys: a secret key stays on your server' },
    meaning: 'A secret key has neither.',
  },
  invalid_overlap: { status: 400, error: 'overlap_hours must be a whole number from 0 to 72', meaning: 'Another number, or none.' },
  live_key_required: {
    ...{ status: 403, error: 'A live secret key is required for this endpoint' },
    meaning: 'A test key was used where wallets, webhooks or real payments are at stake.',
  },
  key_not_own: {
    ...{ status: 403, error: 'An API key may rotate or revoke itself only — sign in for the others' },
    meaning: 'A leaked key must not end the others.',
  },
  account_not_found: { status: 404, error: 'There is no such account any more', meaning: 'The account has been closed.' },
  key_not_found: { status: 404, error: 'API key not found', meaning: 'The key does not exist or belongs to a different account.' },
  key_ended: { status: 409, error: 'This key was revoked or has expired — create a new one', meaning: 'What has ended stays ended.' },
  key_already_rotated: {
    ...{ status: 409, error: 'This key was rotated before — revoke the key that came of it to rotate again' },
    meaning: 'A key has one successor.',
  },
  too_many_keys: {
    status: 409,
    error: 'An account has at most 20 keys — revoke one that is not used',
    meaning: 'Few enough to read through.',
  },

  unknown_plan: { status: 400, error: 'plan must be monthly or yearly', meaning: 'There is no other plan.' },
  billing_off: {
    ...{ status: 403, error: 'This server takes no plans: its operator has switched billing off' },
    meaning: 'Nothing has to be paid here.',
  },
  registration_off: {
    ...{ status: 403, error: 'Registration by payment is switched off on this server' },
    meaning: 'The operator runs without plans: sign up instead.',
  },
  registration_not_found: { status: 404, error: 'Registration not found', meaning: 'There is no registration of this id.' },
  operator_not_configured: {
    ...{ status: 503, error: 'This server takes no payments for plans: its operator has connected no wallet' },
    meaning: 'Plans cannot be paid here yet.',
  },

  descriptors_required: { status: 400, error: 'lbtc_descriptor and btcln_descriptor are required', meaning: 'Missing required fields.' },
  descriptor_form: {
    ...either('The descriptor must start with ct(slip77( and end with its closing bracket.'),
    meaning: 'Not a confidential descriptor.',
  },
  descriptor_too_long: { ...either('The descriptor is longer than 500 characters.'), meaning: 'No descriptor of one key is.' },
  descriptor_characters: {
    ...either('The descriptor contains a character that descriptors cannot have. Copy it again as one line.'),
    meaning: 'A blank, a line break, or a letter of another alphabet.',
  },
  descriptor_checksum: {
    ...either('The checksum at the end of the descriptor does not fit. Copy the whole descriptor again.'),
    meaning: 'A character is wrong or missing.',
  },
  descriptor_blinding: {
    status: 400,
    error: 'The blinding key must be slip77(…) with 64 hexadecimal digits.',
    also: [
      '{field}: The blinding key must be slip77(…) with 64 hexadecimal digits.',
      'The two descriptors name the same addresses with {what}.',
    ],
    meaning: 'The blinding key is malformed, or differs between the two.',
  },
  descriptor_script: {
    ...either('Only elsh(wpkh(…)) and elwpkh(…) descriptors with one key are supported, as AQUA exports them.'),
    meaning: 'Another kind of script.',
  },
  descriptor_key: { ...either('The descriptor must contain a valid extended public key (xpub).'), meaning: 'The key does not decode.' },
  descriptor_private_key: {
    ...either('This contains a PRIVATE key. Never share it: whoever has it can take the money. Export a watch-only descriptor instead.'),
    meaning: 'Nothing of it was kept.',
  },
  descriptor_recovery_words: {
    ...either(
      'These look like recovery words. Never share them: whoever has them can take the money. Export a watch-only descriptor instead.',
    ),
    meaning: 'Nothing of them was kept.',
  },
  descriptor_network: {
    ...either('The extended public key belongs to another network or to another kind of wallet.'),
    meaning: 'Of Bitcoin, of a test network, or of a multi-signature wallet.',
  },
  descriptor_origin: {
    ...either('The part in square brackets does not fit the extended public key behind it.'),
    meaning: 'Fingerprint and path belong to another key.',
  },
  descriptor_path: {
    ...either('The key must end in /0/* or /<0;1>/*, the receiving addresses.'),
    meaning: 'Another path would be scanned by no wallet.',
  },
  wallet_offer_not_found: {
    ...{ status: 404, error: 'This code is not known — show a new one' },
    meaning: 'There is no such offer of this account.',
  },
  wallet_already_connected: {
    ...{ status: 409, error: 'Wallet already connected — contact support to reset' },
    meaning: 'An account has one wallet; connecting another could reuse addresses.',
  },
  wallet_of_other_account: {
    ...{ status: 409, error: 'This wallet is already connected to another account' },
    meaning: 'A wallet belongs to one account.',
  },
  wallet_blinding_key_differs: {
    ...{ status: 409, error: 'These addresses are known with another blinding key — export the descriptor again' },
    meaning: 'The same keys were seen with another blinding key.',
  },
  chain_unavailable: {
    ...{ status: 503, error: 'The Liquid network cannot be read right now — please retry' },
    meaning: 'No chain source answered.',
  },
} as const satisfies ErrorRows;
