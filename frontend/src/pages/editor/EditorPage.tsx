import { Center, Loader, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { useSession } from "@/api/session";
import type { User } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { may } from "@/lib/roles";
import { EditorScreen } from "./EditorScreen";
import { useHeldAhead } from "./presence/use-held-ahead";
import { isReviewAddress } from "./review/address";
import { datasetQuery, filtersFrom, imageQuery } from "./queries";
import { KeysProvider } from "./use-keys";

/** The editor of one image: /datasets/:slug/edit/:imageId, with the filters of the images page in the query. */
export default function EditorPage() {
  const { slug = "", imageId = "" } = useParams();
  const [search] = useSearchParams();
  const filters = useMemo(() => filtersFrom(search), [search]);
  useHeldAhead(imageId);
  const session = useSession();
  const dataset = useQuery(datasetQuery(slug));
  const image = useQuery({ ...imageQuery(imageId), placeholderData: (previous) => previous });
  const user: User | null | undefined = session.data?.user;
  // What is there stays there: a refresh that fails (no connection) must not take the work off the screen.
  const failed = (dataset.data ? null : dataset.error) ?? (image.data ? null : image.error);

  if (failed) {
    return (
      <Center h="100dvh" p="md">
        <Stack>
          <ErrorNotice
            error={failed}
            title="This image cannot be opened"
            onRetry={() => void Promise.all([dataset.refetch(), image.refetch()])}
          />
          <Link to={`/datasets/${slug}`}>Back to the dataset</Link>
        </Stack>
      </Center>
    );
  }
  if (!user || !dataset.data || !image.data) {
    return (
      <Center h="100dvh">
        <Loader size="sm" aria-label="Loading" />
      </Center>
    );
  }
  return (
    <KeysProvider userId={user.id}>
      <EditorScreen
        user={user}
        dataset={dataset.data}
        image={image.data}
        imageId={imageId}
        filters={filters}
        isReview={isReviewAddress(search) && may(dataset.data.role, "review")}
      />
    </KeysProvider>
  );
}
