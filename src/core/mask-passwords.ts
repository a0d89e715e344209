/**
 * Hides the password in each URL of a text: `redis://user:(hidden)@host`. Rather too much than too little. Passwords
 * up to 512 characters are seen, so that the time is linear in the length of the text.
 */
export function maskPasswords(text: string): string {
  return text.includes('://') ? text.replace(/:\/\/([^\s"@:/]*):[^\s"]{0,512}@/g, '://$1:(hidden)@') : text;
}
