import { useState } from 'preact/hooks';
import type { Barrier } from '../state/dashboard-state.ts';
import { visibleText } from '../state/words.ts';
import type { Actions } from './actions.ts';

interface Parts {
  readonly barrier: Exclude<Barrier, 'none'>;
  readonly actions: Actions;
}

/** The node lets nobody in without a token, or not at all. */
export function BarrierForm({ barrier, actions }: Parts) {
  const [token, setToken] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    actions.useToken(token.trim() === '' ? undefined : token.trim());
  };
  return (
    <section class="panel narrow" aria-labelledby="barrier">
      <h2 id="barrier">{barrier.needsToken ? 'This node asks for a token' : 'This node does not let you in'}</h2>
      <p role="alert">{visibleText(barrier.detail)}</p>
      <form onSubmit={submit}>
        {barrier.needsToken && (
          <>
            <label for="token">Token</label>
            <input
              id="token"
              type="password"
              autocomplete="off"
              spellcheck={false}
              value={token}
              aria-describedby="token-use"
              onInput={(event) => setToken(event.currentTarget.value)}
            />
            <p id="token-use" class="quiet">
              A token of the role read shows everything; one of the role write changes queues too. It is kept until this
              tab is closed.
            </p>
          </>
        )}
        <button type="submit">{barrier.needsToken ? 'Use this token' : 'Try again'}</button>
      </form>
    </section>
  );
}
