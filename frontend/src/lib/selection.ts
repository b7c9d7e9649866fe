/** A new selection with one id switched, or, with shift, everything from the last one to this one added. */
export function toggled(
  selected: ReadonlySet<string>,
  ids: readonly string[],
  id: string,
  options: { range: boolean; anchor: string | null },
): Set<string> {
  const next = new Set(selected);
  const to = ids.indexOf(id);
  const from = options.anchor === null ? -1 : ids.indexOf(options.anchor);
  if (options.range && from >= 0 && to >= 0) {
    for (const between of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(between);
    return next;
  }
  if (!next.delete(id)) next.add(id);
  return next;
}
