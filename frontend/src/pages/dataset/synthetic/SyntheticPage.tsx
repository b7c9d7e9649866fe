import { Anchor, Skeleton } from "@mantine/core";
import { useEffect } from "react";
import { Link, useParams } from "react-router";
import { useVersions } from "@/api/jobs";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page } from "@/components/Page";
import { may } from "@/lib/roles";
import NotFoundPage from "../../NotFoundPage";
import { useCurrentDataset } from "../DatasetLayout";
import { RecipePanels } from "./RecipePanels";
import { VerdictPanels } from "./VerdictPanels";

/** Synthetic examples of a version: made of it, or judged where it has them already. */
export default function SyntheticPage() {
  const { slug, role } = useCurrentDataset();
  const { number = "" } = useParams();
  const versions = useVersions(slug);
  const { loadMore } = versions;
  useEffect(loadMore, [loadMore]);
  const version = versions.items.find((item) => item.number === Number(number));
  if (versions.isError) return <ErrorNotice error={versions.error} />;
  if (!version) {
    return versions.isPending || versions.hasNextPage ? <Skeleton height={200} /> : <NotFoundPage />;
  }
  const mayManage = may(role, "manage");
  return (
    <Page
      title={`Synthetic examples of version ${version.number}`}
      lead={
        <>
          Real objects of rare classes, cut out and pasted onto other train images. They are labelled, and are
          in train only.{" "}
          <Anchor component={Link} to={`/datasets/${slug}/versions`} size="sm">
            All versions
          </Anchor>
        </>
      }
    >
      {version.synthetic ? (
        <VerdictPanels slug={slug} version={version} synthetic={version.synthetic} mayManage={mayManage} />
      ) : (
        <RecipePanels slug={slug} version={version} mayManage={mayManage} />
      )}
    </Page>
  );
}
