import { describeOwnTokenReviews } from '../edges/kubernetes/token-reviews-contract.ts';
import { MemoryTokenReviews } from './memory-token-reviews.ts';

const account = { namespace: 'voice', name: 'operator' };

describeOwnTokenReviews('in memory', async () => {
  const reviews = new MemoryTokenReviews();
  let tokens = 0;
  return {
    reviews,
    account,
    giveToken: async (audience) => {
      tokens += 1;
      const token = `token-number-${tokens}`;
      reviews.give(token, audience, {
        user: 'system:serviceaccount:voice:operator',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:voice', 'system:authenticated'],
      });
      return token;
    },
    forbid: async () => reviews.forbid(),
    leave: async () => reviews.leave(),
  };
});
