/** Tests of a key press. */

export const hasControl = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey;

/** A letter by what is printed on the key; held modifiers must be exactly these. */
export function key(
  name: string,
  { control = false, shift = false } = {},
): (event: KeyboardEvent) => boolean {
  return (event) =>
    event.key.toLowerCase() === name.toLowerCase() &&
    hasControl(event) === control &&
    event.shiftKey === shift &&
    !event.altKey;
}

export const anyOf =
  (...tests: ((event: KeyboardEvent) => boolean)[]) =>
  (event: KeyboardEvent): boolean =>
    tests.some((test) => test(event));

/** A key by its place: what is printed on it differs from layout to layout. */
export function place(code: string, { control = false } = {}): (event: KeyboardEvent) => boolean {
  return (event) => event.code === code && hasControl(event) === control && !event.altKey;
}
