import { Center, Loader, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useParams } from "react-router";
import { datasetQuery } from "@/api/datasets";
import { useSession } from "@/api/session";
import type { Dataset, Independent, User } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { EditorScreen } from "../EditorScreen";
import { blindKey, editorAddress } from "../sync/places";
import { KeysProvider } from "../use-keys";
import { independentQuery } from "./queries";
import { useBlindWalk } from "./use-blind-walk";

/** The editor of an image that is drawn without seeing the first annotation: /datasets/:slug/second/:id. */
export default function BlindPage() {
  const { slug = "", id = "" } = useParams();
  const session = useSession();
  const dataset = useQuery(datasetQuery(slug));
  const task = useQuery({ ...independentQuery(Number(id)), placeholderData: (previous) => previous });
  const user: User | null | undefined = session.data?.user;
  const own = task.data?.id === Number(id) ? task.data.image.dataset : slug;
  if (own !== slug) return <Navigate to={editorAddress(own, blindKey(Number(id)))} replace />;
  const failed = (dataset.data ? null : dataset.error) ?? (task.data ? null : task.error);

  if (failed) {
    return (
      <Center component="main" h="100dvh" p="md">
        <Stack>
          <h1 className="visually-hidden">This image cannot be opened</h1>
          <ErrorNotice
            error={failed}
            title="This image cannot be opened"
            onRetry={() => void Promise.all([dataset.refetch(), task.refetch()])}
          />
          <Link to="/my-work">Back to My work</Link>
        </Stack>
      </Center>
    );
  }
  if (!user || !dataset.data || !task.data) {
    return (
      <Center component="main" h="100dvh">
        <Loader size="sm" role="status" aria-label="Loading" />
      </Center>
    );
  }
  return (
    <KeysProvider userId={user.id}>
      <BlindEditor key={slug} user={user} dataset={dataset.data} task={task.data} id={Number(id)} />
    </KeysProvider>
  );
}

type Props = {
  user: User;
  dataset: Dataset;
  /** With this id, or the one before it while that is loading. */
  task: Independent;
  id: number;
};

function BlindEditor({ user, dataset, task, id }: Props) {
  const { walk, neighbours } = useBlindWalk(dataset.slug, id);
  const { image, revision } = task;
  return (
    <EditorScreen
      user={user}
      dataset={dataset}
      image={image}
      source={task.id === id ? { key: blindKey(id), image, revision } : undefined}
      images={walk}
      neighbours={neighbours}
    />
  );
}
