import { Loader } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { datasetQuery, useAddClass, useUpdateClass } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import type { Dataset, DatasetClass } from "@/api/types";
import { LONGEST_CLASS_NAME } from "@/lib/classList";
import { may } from "@/lib/roles";
import classes from "./editor.module.css";

export type ClassSource = Pick<Dataset, "slug" | "role" | "classes">;

export type ClassMaker = {
  /** Makes a class of the name that is typed; null where that cannot be, or may not. */
  readonly make: (() => void) | null;
  /** A class of that name which is no longer offered: it comes back. */
  readonly retired: DatasetClass | null;
  readonly isBusy: boolean;
  readonly problem: string | null;
};

/** Makes classes of names typed in the editor; `onMade` gets each, ready to be used. */
export function useClassMaker(
  { slug, role, classes: all }: ClassSource,
  typed: string,
  onMade: (id: number) => void,
): ClassMaker {
  const client = useQueryClient();
  const add = useAddClass(slug);
  const update = useUpdateClass(slug);
  const [failed, setFailed] = useState<{ name: string; problem: string } | null>(null);
  const name = typed.trim();
  const isName = (each: DatasetClass): boolean => each.name.toLowerCase() === name.toLowerCase();
  const retired = all.find((each) => each.is_retired && isName(each)) ?? null;
  const isOffered = all.some((each) => !each.is_retired && isName(each));
  const isNew = name !== "" && name.length <= LONGEST_CLASS_NAME && !isOffered;
  const isBusy = add.isPending || update.isPending;
  const options = {
    onSuccess: (made: DatasetClass) => {
      setFailed(null);
      // At once, not when the dataset has been asked for again: the person goes on drawing.
      client.setQueryData(
        datasetQuery(slug).queryKey,
        (old) => old && { ...old, classes: [...old.classes.filter(({ id }) => id !== made.id), made] },
      );
      onMade(made.id);
    },
    onError: (error: Error) => setFailed({ name, problem: asProblem(error).message }),
  };
  const make = (): void => {
    if (isBusy) return;
    if (retired) update.mutate({ id: retired.id, is_retired: false }, options);
    else add.mutate({ name }, options);
  };
  return {
    make: isNew && may(role, "manage") ? make : null,
    retired,
    isBusy,
    problem: failed?.name === name ? failed.problem : null,
  };
}

type RowProps = { maker: ClassMaker; typed: string; keyWord: string; isActive: boolean };

/** Below the classes that match: the one that is not there yet. */
export function MakeClassRow({
  maker: { make, retired, isBusy, problem },
  typed,
  keyWord,
  isActive,
}: RowProps) {
  if (!make) return null;
  return (
    <>
      <button
        type="button"
        className={classes.class}
        data-active={isActive || undefined}
        onMouseDown={(event) => event.preventDefault()}
        onClick={make}
      >
        {isBusy ? <Loader size={14} aria-label="Creating the class" /> : <IconPlus size={14} aria-hidden />}
        <span className={classes.grow}>
          {retired ? `Use class “${retired.name}” again` : `Create class “${typed.trim()}”`}
        </span>
        <span className={classes.key}>{keyWord}</span>
      </button>
      {problem !== null && (
        <p className={classes.dim} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
