/** A SIP URI. Without a pattern: the node says better what is wrong with one. */
export const uri = {
  type: 'string',
  maxLength: 300,
  examples: ['sip:127.0.0.1:5060'],
} as const;
