import { Button, Group, Skeleton, Slider, Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { isActive } from "@/api/jobs";
import { useSamples } from "@/api/runs";
import type { Run, Sample } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MaskedImage, MaskOverlay } from "@/components/MaskOverlay";
import { Panel } from "@/components/Page";
import { Viewer } from "@/components/Viewer";
import { ZoomPane } from "@/components/ZoomPane";
import { plural } from "@/lib/format";
import { masksAbove } from "@/prediction-data/looks";
import classes from "./Run.module.css";

/** Below this a model that has hardly begun paints everything. */
const SHOWN_ABOVE = 0.25;

/** Where a chosen epoch is among the samples; the newest one while none is chosen or it is gone. */
export function sampleAt(samples: readonly Sample[], epoch: number | null): number {
  const at = samples.findIndex((sample) => sample.epoch === epoch);
  return at < 0 ? samples.length - 1 : at;
}

/** The same few val images, predicted every so many epochs: one sees the run learn. */
export function SampleGallery({ run }: { run: Run }) {
  const query = useSamples(run.id);
  const [epoch, setEpoch] = useState<number | null>(null);
  const [large, setLarge] = useState<string | null>(null);
  const samples = query.data ?? [];
  const at = sampleAt(samples, epoch);
  const sample = samples[at];
  if (run.parameters.sample_every === 0 && samples.length === 0) return null;
  const follow = (to: number) => setEpoch(to === samples.length - 1 ? null : (samples[to]?.epoch ?? null));
  return (
    <Panel
      title="As it learns"
      aside={
        sample && (
          <Text size="xs" c="dimmed" className="tabular">
            val images after epoch {sample.epoch}, objects from confidence {SHOWN_ABOVE}
          </Text>
        )
      }
    >
      {query.isPending && <Skeleton height={180} />}
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && !sample && (
        <Text size="sm" c="dimmed">
          {isActive(run.state)
            ? `A few val images are predicted ${everyWords(run.parameters.sample_every)}; the first appear here.`
            : "The run ended before the first sample."}
        </Text>
      )}
      {sample && (
        <>
          <div className={classes.samples}>
            {sample.images.map((image) => {
              const masks = masksAbove(image.instances, SHOWN_ABOVE, false);
              return (
                <UnstyledButton
                  key={image.key}
                  aria-label={`${image.key}: ${plural(masks.length, "object")} after epoch ${sample.epoch}. Open large`}
                  onClick={() => setLarge(image.key)}
                >
                  <MaskedImage
                    src={image.thumbnail_url}
                    alt=""
                    ratio="4 / 3"
                    masks={masks}
                    width={image.width}
                    height={image.height}
                  />
                  <Text size="xs" c="dimmed" mt={2} className="tabular">
                    {plural(masks.length, "object")}
                  </Text>
                </UnstyledButton>
              );
            })}
          </div>
          {samples.length > 1 && (
            <Group gap="md" mt="sm" wrap="nowrap">
              <Slider
                flex={1}
                min={0}
                max={samples.length - 1}
                value={at}
                onChange={follow}
                label={(index) => `Epoch ${samples[index]?.epoch ?? ""}`}
                thumbLabel="Epoch of the samples"
              />
              <Button size="xs" variant="default" disabled={epoch === null} onClick={() => setEpoch(null)}>
                Newest
              </Button>
            </Group>
          )}
        </>
      )}
      {large !== null && sample && (
        <LargeSample
          sample={sample}
          name={large}
          count={`${at + 1} of ${samples.length}`}
          onClose={() => setLarge(null)}
          onPrevious={at > 0 ? () => follow(at - 1) : undefined}
          onNext={at < samples.length - 1 ? () => follow(at + 1) : undefined}
        />
      )}
    </Panel>
  );
}

function everyWords(epochs: number): string {
  return epochs === 1 ? "after every epoch" : `every ${epochs} epochs`;
}

/** One image large; the arrows walk through the epochs. */
function LargeSample({
  sample,
  name,
  count,
  ...walk
}: {
  sample: Sample;
  name: string;
  count: string;
  onClose: () => void;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}) {
  const image = sample.images.find(({ key }) => key === name);
  if (!image) return null;
  const size = { width: image.width, height: image.height };
  return (
    <Viewer title={name} position={`after epoch ${sample.epoch} · sample ${count}`} {...walk}>
      {(view, onView) => (
        <ZoomPane src={image.image_url} alt={name} picture={size} view={view} onView={onView}>
          <MaskOverlay
            masks={masksAbove(image.instances, SHOWN_ABOVE, true)}
            {...size}
            fit="contain"
            fillOpacity={0.25}
            strokeWidth={2}
            captionScale={1 / view.zoom}
          />
        </ZoomPane>
      )}
    </Viewer>
  );
}
