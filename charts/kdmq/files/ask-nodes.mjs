// `helm test`: asks every node that DNS names whether it is ready, until all are or a minute is over.
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';

const { NODES, PORT, EXPECTED, SCHEME } = process.env;
// Nothing secret is sent, and the certificate has names where DNS has addresses.
if (SCHEME === 'https') process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
const end = Date.now() + 60_000;

/** What is missing; empty when nothing is. */
async function missing() {
  const addresses = await lookup(NODES, { all: true }).catch(() => []);
  const answers = await Promise.all(addresses.map(async ({ address }) => `${address}: ${await ready(address)}`));
  const few = addresses.length < Number(EXPECTED) ? [`${NODES} has ${addresses.length} of ${EXPECTED} addresses`] : [];
  return [...few, ...answers.filter((answer) => !answer.endsWith(': ok'))];
}

async function ready(address) {
  const url = `${SCHEME}://${isIPv6(address) ? `[${address}]` : address}:${PORT}/readyz`;
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    async (reply) => (await reply.text()).trim(),
    (error) => String(error.cause ?? error),
  );
}

let left = await missing();
while (left.length > 0 && Date.now() < end) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  left = await missing();
}
console.log(left.length === 0 ? `${EXPECTED} nodes are ready` : left.join('\n'));
process.exit(left.length === 0 ? 0 : 1);
