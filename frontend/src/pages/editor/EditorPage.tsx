import { Center, Loader, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, Navigate, useParams, useSearchParams } from "react-router";
import { datasetQuery } from "@/api/datasets";
import { useSession } from "@/api/session";
import type { Dataset, ImageDetail, User } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { RunEnds } from "@/components/shell/RunEnds";
import { may } from "@/lib/roles";
import { EditorScreen } from "./EditorScreen";
import { useHeldAhead } from "./presence/use-held-ahead";
import { isReviewAddress } from "./review/address";
import { type Filters, filtersFrom, imageQuery, neighboursQuery, withoutFilters } from "./queries";
import { editorAddress } from "./sync/places";
import { KeysProvider } from "./use-keys";
import { useWalk } from "./use-walk";

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
  const own = image.data?.id === imageId ? image.data.dataset : slug;
  // Under another dataset it would be shown with that one's classes; filters are of that one, too.
  if (own !== slug)
    return <Navigate to={`${editorAddress(own, imageId)}${withoutFilters(search)}`} replace />;
  // What is there stays there: a refresh that fails (no connection) must not take the work off the screen.
  const failed = (dataset.data ? null : dataset.error) ?? (image.data ? null : image.error);

  if (failed) {
    return (
      <Center component="main" h="100dvh" p="md">
        <Stack>
          <h1 className="visually-hidden">This image cannot be opened</h1>
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
  // The image before this one may be another dataset's.
  if (!user || !dataset.data || image.data?.dataset !== slug) {
    return (
      <Center component="main" h="100dvh">
        <Loader size="sm" role="status" aria-label="Loading" />
      </Center>
    );
  }
  return (
    <KeysProvider userId={user.id}>
      <RunEnds />
      <ImageEditor
        key={slug}
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

type Props = {
  user: User;
  dataset: Dataset;
  /** Of `imageId`, or of the image before it while that is loading. */
  image: ImageDetail;
  imageId: string;
  filters: Filters;
  isReview: boolean;
};

function ImageEditor({ user, dataset, image, imageId, filters, isReview }: Props) {
  const neighbours = useQuery({
    ...neighboursQuery(imageId, filters),
    placeholderData: (previous) => previous,
  });
  const walk = useWalk({ slug: dataset.slug, imageId, filters, neighbours: neighbours.data, isReview });
  const isThere = image.id === imageId;
  return (
    <EditorScreen
      user={user}
      dataset={dataset}
      image={image}
      source={isThere ? { key: imageId, image, revision: image.revision } : undefined}
      images={walk}
      neighbours={neighbours.data}
      around={{ image, imageId, filters, isReview }}
    />
  );
}
