import { Button, Loader, Tabs } from "@mantine/core";
import { useMemo, useState } from "react";
import { useDeletedInstances, useRevisions } from "@/api/history";
import type { DatasetClass, DeletedInstance, Revision } from "@/api/types";
import { addInstance } from "@/canvas/document/actions";
import type { Editor } from "@/canvas/editor/editor";
import { Ago } from "@/components/Ago";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { type ClassLook, lookOf } from "../class-look";
import { SidePanel } from "../SidePanel";
import side from "../side.module.css";
import { useEditorState } from "../use-editing";
import { describeRevision, nameAuthor } from "./compare";
import classes from "./history.module.css";
import { OutlinePreview } from "./OutlinePreview";

type Props = {
  image: string;
  editor: Editor;
  user: number;
  classNames: ReadonlyMap<number, DatasetClass>;
  /** The one on the canvas. */
  shown: number | null;
  onShow: (revision: Revision | null) => void;
  onClose: () => void;
};

/** Who changed what and when, each revision to be looked at; and what was deleted, to be brought back. */
export function HistoryPanel(props: Props) {
  const { shown, onShow, onClose } = props;
  return (
    <SidePanel title="History" onClose={onClose} onEscape={() => (shown === null ? onClose() : onShow(null))}>
      <Tabs
        defaultValue="revisions"
        keepMounted={false}
        style={{ display: "flex", flexDirection: "column", minHeight: 0, flex: 1 }}
      >
        <Tabs.List grow>
          <Tabs.Tab value="revisions">Revisions</Tabs.Tab>
          <Tabs.Tab value="deleted">Deleted objects</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="revisions" className={side.list}>
          <Revisions {...props} />
        </Tabs.Panel>
        <Tabs.Panel value="deleted" className={side.list}>
          <Deleted {...props} />
        </Tabs.Panel>
      </Tabs>
    </SidePanel>
  );
}

function Revisions({ image, user, shown, onShow }: Props) {
  const list = useRevisions(image);
  if (list.isPending) return <Waiting />;
  if (list.isError && list.items.length === 0)
    return <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />;
  if (list.items.length === 0) return <p className={side.empty}>Nobody has changed this image yet.</p>;
  return (
    <>
      <ul>
        {list.items.map((revision, i) => (
          <li key={revision.number}>
            <button
              type="button"
              className={classes.revision}
              aria-current={revision.number === shown}
              onClick={() => onShow(revision.number === shown ? null : revision)}
            >
              <span>{nameAuthor(revision, user)}</span>
              <span className={classes.when}>
                <Ago time={revision.created_at} />
              </span>
              <span className={classes.what}>
                {revision.number}
                {i === 0 && " (newest)"} · {describeRevision(revision)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <LoadMore list={list} />
    </>
  );
}

const PAGE = 40;

function Deleted({ image, editor, user, classNames, onShow }: Props) {
  const { data, isPending, error, refetch } = useDeletedInstances(image);
  const { document } = useEditorState(editor);
  const [most, setMost] = useState(PAGE);
  const present = useMemo(() => new Set(document.instances.map(({ id }) => id)), [document]);
  if (isPending) return <Waiting />;
  if (!data) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  // What an undo or a click has brought back is there before the server has heard of it.
  const gone = data.filter(({ id }) => !present.has(id));
  if (gone.length === 0)
    return <p className={side.empty}>Nothing was deleted from this image in the last 30 days.</p>;
  return (
    <>
      <ul>
        {gone.slice(0, most).map((instance) => (
          <DeletedRow
            key={instance.id}
            instance={instance}
            its={lookOf(classNames, instance.class_id)}
            user={user}
            onBringBack={() => {
              onShow(null);
              bringBack(editor, instance, lookOf(classNames, instance.class_id)?.name ?? "object");
            }}
          />
        ))}
      </ul>
      {gone.length > most && (
        <Button variant="subtle" size="xs" fullWidth onClick={() => setMost(most + PAGE)}>
          Show more
        </Button>
      )}
    </>
  );
}

type RowProps = {
  instance: DeletedInstance;
  its: ClassLook | undefined;
  user: number;
  onBringBack: () => void;
};

function DeletedRow({ instance, its, user, onBringBack }: RowProps) {
  const by = nameAuthor({ author: instance.deleted_by, source: "user" }, user);
  const name = its?.name ?? "Deleted class";
  return (
    <li className={classes.deleted}>
      <OutlinePreview polygons={instance.polygons} color={its?.color ?? "#9aa3a4"} />
      <span style={{ flex: 1, minWidth: 0 }}>
        <span style={{ display: "block", overflowWrap: "anywhere" }}>{name}</span>
        <span className={classes.when}>
          {by}, <Ago time={instance.deleted_at} />
        </span>
      </span>
      <Button
        size="compact-sm"
        variant="default"
        disabled={!its}
        aria-label={`Bring back ${name}`}
        onClick={onBringBack}
      >
        Bring back
      </Button>
    </li>
  );
}

function bringBack(editor: Editor, instance: DeletedInstance, name: string): void {
  const { id, class_id, polygons, occluded, truncated, note, is_box } = instance;
  editor.edits.apply(
    `Bring back ${name}`,
    addInstance({ id, class_id, polygons, occluded, truncated, note, is_box }),
  );
  editor.setTool("select");
  editor.selection.select([id]);
}

function Waiting() {
  return (
    <p className={side.empty}>
      <Loader size={16} role="status" aria-label="Loading" />
    </p>
  );
}
