import { useCallback, useEffect, useRef } from "react";
import { type NavigateOptions, useLocation, useSearchParams } from "react-router";

type Change = (current: URLSearchParams) => URLSearchParams;

/** The addresses that were written and that React has not rendered yet, oldest first. */
let written: string[] = [];
let arrived = "";
let users = 0;

function arrive(path: string, search: string): void {
  const address = `${path}?${search}`;
  if (address === arrived) return;
  arrived = address;
  const place = written.lastIndexOf(address);
  // An address that nobody wrote here (a link, the back button) ends what was under way.
  written = place < 0 ? [] : written.slice(place + 1);
}

/** React Router's search parameters, with a setter that loses no write.
 *
 *  The router renders a new address in a transition, and its own setter reads the parameters from the last
 *  rendering: of two quick writes the second would undo the first. Here each write starts from the one before. */
export function useSearch(): [URLSearchParams, (change: Change, options?: NavigateOptions) => void] {
  const { pathname } = useLocation();
  const [params, setParams] = useSearchParams();
  const search = params.toString();
  const rendered = useRef({ pathname, params, setParams });
  useEffect(() => {
    rendered.current = { pathname, params, setParams };
    arrive(pathname, search);
  }, [pathname, params, search, setParams]);
  useEffect(() => {
    users += 1;
    return () => {
      users -= 1;
      if (users > 0) return;
      written = [];
      arrived = "";
    };
  }, []);
  const set = useCallback((change: Change, options?: NavigateOptions) => {
    const { pathname: path, params: shown, setParams: navigate } = rendered.current;
    const newest = written.at(-1);
    const isHere = newest?.startsWith(`${path}?`);
    const next = change(isHere ? new URLSearchParams(newest?.slice(path.length + 1)) : shown);
    const address = `${path}?${next.toString()}`;
    if (address !== (isHere ? newest : arrived)) written = [...(isHere ? written : []), address];
    navigate(next, options);
  }, []);
  return [params, set];
}
