import { Button, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconChartBar } from "@tabler/icons-react";
import { Link } from "react-router";
import { useInsights } from "@/api/datasets";
import type { Dataset, Insights } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel, Stat, Stats } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { numberIn, useUrlState } from "@/lib/urlState";
import { useCurrentDataset } from "./DatasetLayout";
import { FindingsPanel } from "./insights/FindingsPanel";
import { ImageFigures } from "./insights/ImageFigures";
import { ObjectFigures } from "./insights/ObjectFigures";
import { Together } from "./insights/Together";
import { NumberLink } from "../results/NumberLink";

const ADDRESS = { class: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0) };

export default function InsightsPage() {
  const dataset = useCurrentDataset();
  const [{ class: classId }, setAddress] = useUrlState(ADDRESS);
  const insights = useInsights(dataset.slug, classId);
  return (
    <Page title="Insights" lead="What the dataset holds, where it is thin, and what is wrong with it.">
      {insights.isError && <ErrorNotice error={insights.error} onRetry={() => void insights.refetch()} />}
      {insights.isPending && (
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {Array.from({ length: 4 }, (_, i) => (
            <Skeleton key={i} height={300} />
          ))}
        </SimpleGrid>
      )}
      {insights.data &&
        (dataset.counts.images === 0 ? (
          <EmptyState
            icon={IconChartBar}
            title="Nothing to measure yet"
            action={
              <Button component={Link} to={`/datasets/${dataset.slug}`}>
                Go to the images
              </Button>
            }
          >
            Charts of splits, classes and sizes appear once there are images.
          </EmptyState>
        ) : (
          <Whole
            dataset={dataset}
            insights={insights.data}
            classId={classId}
            onClass={(id) => setAddress({ class: id })}
          />
        ))}
    </Page>
  );
}

type WholeProps = { dataset: Dataset; insights: Insights; classId: number; onClass: (id: number) => void };

function Whole({ dataset, insights, classId, onClass }: WholeProps) {
  return (
    <Stack gap="md">
      <FindingsPanel dataset={dataset} />
      <WithoutObjects slug={dataset.slug} insights={insights} />
      <ObjectFigures dataset={dataset} insights={insights} classId={classId} onClass={onClass} />
      <Together dataset={dataset} insights={insights} />
      <ImageFigures slug={dataset.slug} insights={insights} />
    </Stack>
  );
}

/** What no chart of objects shows: images without any, and objects that are not outlined. */
function WithoutObjects({ slug, insights }: { slug: string; insights: Insights }) {
  const { boxes, without_objects: without } = insights;
  const images = (query: string, count: number) => (
    <NumberLink to={`/datasets/${slug}?${query}`} isUnderlined title="Look at the images">
      {formatCount(count)}
    </NumberLink>
  );
  return (
    <Panel title="Images without objects, and boxes">
      <Stats>
        <Stat
          label="Nothing in it"
          value={images("is_empty=1", without.empty)}
          hint="finished: trained on as background"
        />
        <Stat label="Not looked at" value={images("finding=unseen", without.unseen)} hint="not trained on" />
        <Stat label="Begun, nothing drawn" value={formatCount(without.begun)} hint="not trained on" />
        <Stat
          label="Boxes to outline"
          value={images("has_box=1", boxes.images)}
          hint={`images, with ${plural(boxes.objects, "box", "boxes")}; trained on as rectangles`}
        />
      </Stats>
    </Panel>
  );
}
