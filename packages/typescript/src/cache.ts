// A bounded cache in memory, with one request for all callers that wait for the same value.

/** A loaded value, and how long it may be remembered. */
export interface Loaded<V> {
  readonly value: V;
  readonly milliseconds: number;
}

interface Entry<V> {
  readonly value: Promise<V>;
  readonly from: number;
  until: number;
}

/** What a cache does with its values. */
export interface Care<V> {
  /** The value that a caller gets; by default the remembered one itself. */
  readonly given?: (value: V) => V;
  /** Called once with a value that is forgotten. Callers that were given the value itself may still use it. */
  readonly forgotten?: (value: V) => void;
}

/** Remembers values by key. The least recently used one gives way when it is full. A failure is not remembered. */
export class Cache<V> {
  readonly #entries = new Map<string, Entry<V>>();

  constructor(
    private readonly capacity: number,
    private readonly now: () => number,
    private readonly care: Care<V> = {},
  ) {}

  /** How many values are remembered or being loaded. */
  get size(): number {
    return this.#entries.size;
  }

  /** The remembered value, or else the loaded one. Rejects like `load`. */
  async get(key: string, load: () => Promise<Loaded<V>>): Promise<V> {
    const entry = this.#fresh(key) ?? this.#begin(key, load);
    // Entries are in the order of their last use.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.capacity) break;
      this.forget(oldest);
    }
    const { given } = this.care;
    // This caller comes before whoever forgets the value after now.
    return given ? entry.value.then(given) : entry.value;
  }

  /** Whether the value of this key is remembered or being loaded. */
  has(key: string): boolean {
    return this.#fresh(key) !== undefined;
  }

  /** Forgets the value of this key. */
  forget(key: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    const { forgotten } = this.care;
    if (entry !== undefined && forgotten) entry.value.then(forgotten, () => undefined);
  }

  #fresh(key: string): Entry<V> | undefined {
    const entry = this.#entries.get(key);
    const now = this.now();
    // A clock that was set back must not make a value last longer.
    return entry !== undefined && entry.from <= now && now < entry.until ? entry : undefined;
  }

  #begin(key: string, load: () => Promise<Loaded<V>>): Entry<V> {
    const from = this.now();
    this.forget(key);
    for (const [other, { until }] of this.#entries) if (until <= from) this.forget(other);
    const loading = load();
    const entry: Entry<V> = { value: loading.then(({ value }) => value), from, until: Infinity };
    loading.then(
      ({ milliseconds }) => (entry.until = from + milliseconds),
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry;
  }
}
