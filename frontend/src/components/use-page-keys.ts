import { useHotkeys } from "@mantine/hooks";

type Keys = readonly (readonly [key: string, act: () => void])[];

/** Keys of the whole page. What has the focus comes first: see `isForPage`. */
export function usePageKeys(keys: Keys): void {
  useHotkeys(
    keys.map(([key, act]) => [
      key,
      (event) => {
        if (!isForPage(event)) return;
        event.preventDefault();
        act();
      },
      { preventDefault: false },
    ]),
    [],
  );
}

/** Whether what has the focus leaves a key to the page: one writes into fields, walks through menus and choices by
 *  arrows, presses buttons and follows links by Enter,
 *  buttons and switches by Space too. A row of a list that is picked already (`data-meant`) has no use
 *  for Enter any more. */
function isForPage({ target, key, defaultPrevented }: KeyboardEvent): boolean {
  if (defaultPrevented || !(target instanceof HTMLElement)) return !defaultPrevented;
  if (target.isContentEditable || target.closest("textarea, select, [role=menu], [role=listbox]"))
    return false;
  if (key === " ") return target.closest("button, input, summary") === null;
  if (target instanceof HTMLInputElement) {
    if (target.type === "radio") return !key.startsWith("Arrow");
    return target.type === "checkbox";
  }
  return key !== "Enter" || target.closest("a, button:not([data-meant=true])") === null;
}
