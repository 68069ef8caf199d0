import { useEffect, useSyncExternalStore } from 'react';
import type { RecordKind } from '../records/kinds.ts';
import type { Job, Schemas } from './api.ts';

/** What the one stream of this tab tells of. */
export type Topic = 'jobs' | 'orders' | 'attention' | `records:${RecordKind}` | `job:${string}`;

/** The events of the stream and their data. */
export interface LiveEvents {
  job: Job;
  /** Something happened to an order, with the status that it came to, if it did. */
  order: { orderId: string; status: Schemas['Order']['status'] | null };
  /** How much waits for an operator. */
  attention: { count: number };
  /** Records of a kind were written. */
  records: { kind: RecordKind };
  /** The line stands again, or changes were missed: lists have to be read again. */
  reset: Record<string, never>;
}
type LiveEvent = { [Name in keyof LiveEvents]: { name: Name; data: LiveEvents[Name] } }[keyof LiveEvents];
type Listener = (event: LiveEvent) => void;

const EVENT_NAMES = [
  'job',
  'order',
  'attention',
  'records',
  'reset',
] as const satisfies readonly (keyof LiveEvents)[];

/** `live`: what is shown is of this moment; `lost`: it is being tried again. */
export type LiveState = 'idle' | 'connecting' | 'live' | 'lost';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** Views that change into each other give up their topics and take others within moments. */
const SETTLE_MS = 50;
/** Browsers carry few connections to one place: tabs that nobody looks at give theirs back. */
const HIDDEN_MS = 60_000;
/** A clock that stood still for longer has slept, and the line may be dead without a word. */
const TICK_MS = 5_000;
const SLEPT_MS = 20_000;

/** One stream for all that this tab shows. It opens anew when other topics are asked for, and by itself when it broke. */
class Live {
  readonly #topics = new Map<Topic, number>();
  readonly #listeners = new Set<Listener>();
  readonly #stateListeners = new Set<() => void>();
  #source: EventSource | null = null;
  #opened = '';
  #state: LiveState = 'idle';
  #failures = 0;
  #timer: number | undefined;
  #hiddenTimer: number | undefined;
  #lastTick = Date.now();

  constructor() {
    addEventListener('online', () => {
      this.#reopen();
    });
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.#hiddenTimer);
      if (document.visibilityState === 'hidden') {
        this.#hiddenTimer = setTimeout(() => {
          this.#close('idle');
        }, HIDDEN_MS);
      } else if (this.#source === null) this.#reopen();
    });
    setInterval(() => {
      const slept = Date.now() - this.#lastTick > SLEPT_MS;
      this.#lastTick = Date.now();
      if (slept && document.visibilityState === 'visible') this.#reopen();
    }, TICK_MS);
  }

  readonly getState = (): LiveState => this.#state;

  readonly subscribeState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  };

  /** @returns ends it */
  subscribe(topic: Topic, listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1);
    this.#openSoon(SETTLE_MS);
    return () => {
      this.#listeners.delete(listener);
      const left = (this.#topics.get(topic) ?? 1) - 1;
      if (left > 0) this.#topics.set(topic, left);
      else this.#topics.delete(topic);
      this.#openSoon(SETTLE_MS);
    };
  }

  #openSoon(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#open();
    }, delayMs);
  }

  #reopen(): void {
    this.#opened = '';
    this.#failures = 0;
    this.#openSoon(0);
  }

  #open(): void {
    const wanted = [...this.#topics.keys()].sort().join(',');
    if (wanted === '') {
      this.#close('idle');
      return;
    }
    if (wanted === this.#opened && this.#source !== null) return;
    const before = this.#source;
    const source = new EventSource(`/api/stream?topics=${encodeURIComponent(wanted)}`);
    this.#source = source;
    this.#opened = wanted;
    if (before === null) this.#setState(this.#failures === 0 ? 'connecting' : 'lost');
    source.onopen = () => {
      // Only now: nothing is missed between the two.
      before?.close();
      this.#failures = 0;
      this.#setState('live');
    };
    source.onerror = () => {
      before?.close();
      if (this.#source !== source) {
        source.close();
        return;
      }
      // The browser's own attempts come without growing delays, and never after an answer that is no stream.
      this.#close('lost');
      this.#failures += 1;
      const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
      this.#openSoon(delay * (0.5 + Math.random() / 2));
    };
    for (const name of EVENT_NAMES) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        if (this.#source !== source) return;
        const event = { name, data: JSON.parse(data) as never } as LiveEvent;
        for (const listener of [...this.#listeners]) listener(event);
      });
    }
  }

  #close(state: LiveState): void {
    this.#source?.close();
    this.#source = null;
    this.#opened = '';
    this.#setState(state);
  }

  #setState(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener();
  }
}

const live = new Live();

/** How the stream of this tab stands. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(live.subscribeState, live.getState);
}

/**
 * Keeps a topic in the stream of this tab for as long as the view is there.
 *
 * @param listener must not change from one rendering to the next, or the stream is opened anew
 */
export function useLive(topic: Topic, listener: Listener): void {
  useEffect(() => live.subscribe(topic, listener), [topic, listener]);
}
