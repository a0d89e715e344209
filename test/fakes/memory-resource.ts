import { ClusterError, type ClusterErrorCode } from '../../src/core/kubernetes/cluster-error.ts';
import type { ResourceEvent, ResourceList, ResourceSource } from '../../src/ports/pod-source.ts';

interface Watcher<T> {
  readonly onEvent: (event: ResourceEvent<T>) => void;
  readonly end: (error: ClusterError) => void;
}

/** Objects of one kind, as the API holds them: they change, and whoever watches is told. Can be made to fail. */
export class MemoryResource<T> implements ResourceSource<T> {
  readonly items = new Map<string, T>();
  readonly #keyOf: (item: T) => string;
  readonly #watchers = new Set<Watcher<T>>();
  /** What each list is answered with instead; undefined: as it should be. */
  refusal: { readonly code: ClusterErrorCode; readonly retryAfterMs?: number } | undefined;
  /** Lists get no answer. */
  hangs = false;
  lists = 0;
  #version = 1;

  constructor(keyOf: (item: T) => string) {
    this.#keyOf = keyOf;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  async list(signal: AbortSignal): Promise<ResourceList<T>> {
    if (signal.aborted) throw new ClusterError('UNREACHABLE', 'stopped');
    this.lists += 1;
    if (this.hangs) {
      return await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new ClusterError('UNREACHABLE', 'no answer'))),
      );
    }
    if (this.refusal !== undefined) {
      throw new ClusterError(this.refusal.code, `refused: ${this.refusal.code}`, this.refusal.retryAfterMs);
    }
    return { items: [...this.items.values()], version: String(this.#version) };
  }

  watch(_version: string, onEvent: (event: ResourceEvent<T>) => void, signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const watcher = {
        onEvent,
        end: (error: ClusterError) => {
          this.#watchers.delete(watcher);
          reject(error);
        },
      };
      this.#watchers.add(watcher);
      signal.addEventListener('abort', () => watcher.end(new ClusterError('UNREACHABLE', 'stopped')));
    });
  }

  set(item: T): void {
    this.#version += 1;
    this.items.set(this.#keyOf(item), item);
    for (const { onEvent } of [...this.#watchers]) onEvent({ kind: 'changed', item });
  }

  delete(key: string): void {
    const item = this.items.get(key);
    if (item === undefined) return;
    this.#version += 1;
    this.items.delete(key);
    for (const { onEvent } of [...this.#watchers]) onEvent({ kind: 'removed', item });
  }

  /** Ends all watches. */
  cut(code: ClusterErrorCode = 'UNREACHABLE'): void {
    for (const { end } of [...this.#watchers]) end(new ClusterError(code, `cut: ${code}`));
  }
}
