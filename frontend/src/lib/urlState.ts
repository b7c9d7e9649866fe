import { useCallback, useMemo } from "react";
import { useSearch } from "./search";

/** How one value is written in an address: `parse` answers the default for anything it does not know. */
export type Codec<T> = { parse: (raw: string | null) => T; format: (value: T) => string | null };

/** What a set of codecs reads out of an address. */
export type Read<C extends object> = {
  [Name in keyof C]: C[Name] extends Codec<infer Value> ? Value : never;
};

export function text(fallback = ""): Codec<string> {
  return { parse: (raw) => raw ?? fallback, format: (value) => (value === fallback ? null : value) };
}

export function oneOf<T extends string>(choices: readonly T[], fallback: T): Codec<T> {
  return {
    parse: (raw) => choices.find((choice) => choice === raw) ?? fallback,
    format: (value) => (value === fallback ? null : value),
  };
}

export function matching(pattern: RegExp, fallback: string): Codec<string> {
  return {
    parse: (raw) => (raw !== null && pattern.test(raw) ? raw : fallback),
    format: (value) => (value === fallback ? null : value),
  };
}

/** A number within limits; digits keep slider positions short in the address. */
export function numberIn(min: number, max: number, fallback: number, digits = 3): Codec<number> {
  return {
    parse: (raw) => {
      const value = raw === null || raw.trim() === "" ? Number.NaN : Number(raw);
      return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : fallback;
    },
    format: (value) => (value === fallback ? null : String(Number(value.toFixed(digits)))),
  };
}

export function flag(fallback = false): Codec<boolean> {
  return {
    parse: (raw) => (raw === null ? fallback : raw === "1"),
    format: (value) => (value === fallback ? null : value ? "1" : "0"),
  };
}

type Codecs<V> = { [K in keyof V]: Codec<V[K]> };

export function readParams<V extends object>(codecs: Codecs<V>, params: URLSearchParams): V {
  const entries = Object.entries(codecs as Record<string, Codec<unknown>>);
  return Object.fromEntries(entries.map(([name, codec]) => [name, codec.parse(params.get(name))])) as V;
}

export function writeParams<V extends object>(
  codecs: Codecs<V>,
  params: URLSearchParams,
  change: NoInfer<Partial<V>>,
): URLSearchParams {
  const result = new URLSearchParams(params);
  for (const name of Object.keys(change) as (keyof V & string)[]) {
    const raw = codecs[name].format(change[name] as V[typeof name]);
    if (raw === null) result.delete(name);
    else result.set(name, raw);
  }
  return result;
}

/** State that lives in the address, so that a page can be shared and the back button works.
 *  `codecs` must be a constant outside the component. */
export function useUrlState<V extends object>(codecs: Codecs<V>) {
  const [params, setParams] = useSearch();
  const values = useMemo(() => readParams(codecs, params), [codecs, params]);
  const set = useCallback(
    (change: NoInfer<Partial<V>>, options: { push?: boolean } = {}) => {
      setParams((current) => writeParams(codecs, current, change), {
        replace: !options.push,
        preventScrollReset: true,
      });
    },
    [codecs, setParams],
  );
  return [values, set] as const;
}
