import { SimpleGrid, Skeleton, Text } from "@mantine/core";
import { IconMoodSmile } from "@tabler/icons-react";
import { type ReactNode, useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useColumns } from "@/api/evaluations";
import type { Evaluation, Run } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";
import { oneOf, text, useUrlState } from "@/lib/urlState";
import type { Columns } from "@/review-data/columns";
import { stepBelow } from "@/review-data/judge";
import { isEverything } from "@/review-data/select";
import { ImageGrid } from "../dataset/ImageGrid";
import { EvaluationGate } from "../run/EvaluationGate";
import { useCurrentRun } from "../run/RunLayout";
import { selectionOf } from "./address";
import { AtConfidence, useAt } from "./AtConfidence";
import { EvaluationPicker } from "./EvaluationPicker";
import { FilterBar } from "./FilterBar";
import { formatGallery, galleryRef, itemAt, LIST, listItems } from "./gallery";
import { PositionBar } from "./PositionBar";
import { ReviewTile } from "./ReviewTile";
import { COLOURINGS, formatPlace, parsePlace, type Place } from "./seen";
import { LAYOUTS } from "./viewer/keys";
import { ReviewViewer } from "./viewer/ReviewViewer";

const ADDRESS = {
  ...LIST,
  colouring: oneOf(COLOURINGS, "outcome"),
  layout: oneOf(LAYOUTS, "over"),
  image: text(),
  object: text(),
};
/** Rows beyond this are more than a browser can scroll; the worst are at the beginning. */
const MOST_TILES = 200_000;
const NOTHING = new Int32Array();

export default function PredictionsPage() {
  const run = useCurrentRun();
  const [{ evaluation: wanted }, setAddress] = useUrlState(ADDRESS);
  return (
    <EvaluationGate
      run={run}
      wanted={wanted}
      picker={(evaluation) => (
        <EvaluationPicker run={run} evaluation={evaluation} onPick={(id) => setAddress({ evaluation: id })} />
      )}
    >
      {(evaluation) => <Review key={evaluation.id} run={run} evaluation={evaluation} />}
    </EvaluationGate>
  );
}

function Review({ run, evaluation }: { run: Run; evaluation: Evaluation }) {
  const [address, setAddress] = useUrlState(ADDRESS);
  const { basis, iou } = address;
  const columns = useColumns(evaluation.id, { iou, basis });
  return (
    <AtConfidence evaluation={evaluation} columns={columns.data} position={address} onPosition={setAddress}>
      <PositionBar run={run} evaluation={evaluation} position={address} />
      <Gallery
        evaluation={evaluation}
        columns={columns.data}
        address={address}
        onAddress={setAddress}
        instead={
          <>
            {columns.isError && <ErrorNotice error={columns.error} onRetry={() => void columns.refetch()} />}
            {columns.isPending && (
              <SimpleGrid cols={{ base: 2, md: 4 }} aria-label="Loading">
                {Array.from({ length: 12 }, (_, i) => (
                  <Skeleton key={i} radius={8} style={{ aspectRatio: "4 / 3" }} />
                ))}
              </SimpleGrid>
            )}
          </>
        }
      />
    </AtConfidence>
  );
}

type Address = { [K in keyof typeof ADDRESS]: ReturnType<(typeof ADDRESS)[K]["parse"]> };

/** What the filters leave, where the slider stands. */
function Gallery({
  evaluation,
  columns: data,
  address,
  onAddress: setAddress,
  instead,
}: {
  evaluation: Evaluation;
  columns: Columns | undefined;
  address: Address;
  onAddress: (change: Partial<Address>, options?: { push?: boolean }) => void;
  /** Below the filters, while there are no columns. */
  instead: ReactNode;
}) {
  const { view, colouring, layout, image: openKey, object: openObject } = address;
  const { confidence, tally } = useAt();
  const [search] = useSearchParams();
  const selection = useMemo(() => selectionOf(address), [address]);
  const items = useMemo(
    () => (data && tally ? listItems(data, address, confidence, tally) : NOTHING),
    [data, tally, address, confidence],
  );
  const colors = useMemo(
    () => new Map(evaluation.per_class.map(({ class_index, color }) => [class_index, color])),
    [evaluation.per_class],
  );
  const open = useCallback(
    (image: number, object?: Place) =>
      setAddress({ image: String(image), object: object ? formatPlace(object) : "" }, { push: true }),
    [setAddress],
  );
  const shown = Math.min(items.length, MOST_TILES);
  return (
    <>
      <FilterBar
        address={address}
        classNames={data?.classNames ?? evaluation.class_names}
        knowsSizes={!evaluation.is_outdated}
        count={items.length}
        onChange={setAddress}
      />
      {instead}
      {data && items.length === 0 && (
        <EmptyState icon={IconMoodSmile} title="Nothing of the kind">
          {isEverything(selection)
            ? "No picture of this split holds an object, and nothing was found at this confidence."
            : "At this confidence and IoU nothing matches these filters. Move the slider, or choose others."}
        </EmptyState>
      )}
      {data && items.length > 0 && (
        <ImageGrid
          label={view === "objects" ? "Objects" : "Evaluated images"}
          minTile={view === "objects" ? 190 : 260}
          count={shown}
          hasMore={false}
          onEnd={noMore}
          renderTile={(i, focus) => {
            const item = items[i] as number;
            const { image } = itemAt(data, items, i, view);
            return (
              <ReviewTile
                key={item}
                columns={data}
                confidence={stepBelow(data, image, confidence)}
                image={image}
                object={view === "objects" ? item : undefined}
                colouring={colouring}
                colors={colors}
                onOpen={open}
                tile={focus["data-tile"]}
                tabIndex={focus.tabIndex}
                isWanted={focus.isWanted}
              />
            );
          }}
        />
      )}
      {shown < items.length && (
        <Text size="sm" c="dimmed" ta="center" py="md">
          The worst {plural(shown, "object")} of {plural(items.length, "object")}. Filter to see others.
        </Text>
      )}
      {data && openKey !== "" && (
        <ReviewViewer
          evaluation={evaluation}
          columns={data}
          confidence={confidence}
          gallery={formatGallery(galleryRef(evaluation.run, confidence, search))}
          items={items}
          view={view}
          image={openKey}
          meant={parsePlace(openObject)}
          layout={layout}
          colouring={colouring}
          colors={colors}
          onLayout={(next) => setAddress({ layout: next })}
          onMeant={(object) => setAddress({ object: object ? formatPlace(object) : "" })}
          onGo={(image, object) =>
            setAddress({ image: String(image), object: object ? formatPlace(object) : "" })
          }
          onClose={() => setAddress({ image: "", object: "" })}
        />
      )}
    </>
  );
}

const noMore = () => undefined;
