import type { Codec } from "./urlState";

/** Ids in an address, "3,5,8"; what is no id, or comes twice, is left out. */
export const idList: Codec<readonly number[]> = {
  parse: (raw) => [
    ...new Set(
      (raw ?? "")
        .split(",")
        .filter((part) => /^[1-9]\d{0,15}$/.test(part))
        .map(Number),
    ),
  ],
  format: (ids) => (ids.length === 0 ? null : ids.join(",")),
};
