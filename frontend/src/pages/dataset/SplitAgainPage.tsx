import { Alert, Button, Checkbox, Group, NumberInput, Stack, Text } from "@mantine/core";
import { IconDice5 } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useSplitAgain, useSplitPreview } from "@/api/bulkChanges";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { WhoAddsClasses } from "@/components/WhoAddsClasses";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { toast } from "@/lib/toast";
import { useCurrentDataset } from "./DatasetLayout";
import { SPLIT_WORDS } from "./imagesAddress";
import { SplitPreviewTables } from "./SplitPreviewTables";
import { DEFAULT_RATIOS, problemOf, type Ratios, SPLITS } from "./splitShares";

/** Shares, seed and what stays together; what that would change; then the change itself. */
export default function SplitAgainPage() {
  const dataset = useCurrentDataset();
  const { slug } = dataset;
  const [ratios, setRatios] = useState<Ratios>(DEFAULT_RATIOS);
  const [seed, setSeed] = useState(0);
  const [keepGroups, setKeepGroups] = useState(true);
  const [keepAlike, setKeepAlike] = useState(true);
  const preview = useSplitPreview(slug);
  const split = useSplitAgain(slug);
  const navigate = useNavigate();
  const problem = problemOf(ratios);
  const options = { ratios, seed, keep_groups: keepGroups, keep_near_duplicates: keepAlike };
  // A preview is of the options that it was asked with: with others it says nothing.
  const change = (apply: () => void) => {
    apply();
    preview.reset();
  };
  if (!may(dataset.role, "manage")) {
    return (
      <Page narrow title="Split again">
        <Text size="sm">
          A team lead divides the images among the splits. <WhoAddsClasses slug={slug} />
        </Text>
      </Page>
    );
  }
  return (
    <Page
      title="Split again"
      lead="Divides all images anew: each class, and images with nothing in them, in the same shares. Pinned images stay."
    >
      <Stack gap="lg">
        <Panel title="Shares">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (!problem) preview.mutate(options);
            }}
          >
            <Stack gap="md">
              <Group gap="sm" align="flex-end">
                {SPLITS.map((name) => (
                  <NumberInput
                    key={name}
                    w={104}
                    label={SPLIT_WORDS[name]}
                    suffix=" %"
                    min={0}
                    max={100}
                    allowDecimal={false}
                    value={ratios[name]}
                    onChange={(value) => change(() => setRatios({ ...ratios, [name]: Number(value) || 0 }))}
                  />
                ))}
                <NumberInput
                  w={150}
                  label="Seed"
                  min={0}
                  max={2147483647}
                  allowDecimal={false}
                  value={seed}
                  onChange={(value) => change(() => setSeed(Number(value) || 0))}
                />
                <Button
                  variant="default"
                  leftSection={<IconDice5 size={16} />}
                  onClick={() => change(() => setSeed(Math.floor(Math.random() * 100_000)))}
                >
                  Another seed
                </Button>
              </Group>
              {problem && (
                <Text size="sm" c="var(--mantine-color-error)" role="alert">
                  {problem}
                </Text>
              )}
              <Checkbox
                label="Keep groups together"
                description="Images of one folder, video or burst go to one split."
                checked={keepGroups}
                onChange={(event) => {
                  const { checked } = event.currentTarget;
                  change(() => setKeepGroups(checked));
                }}
              />
              <Checkbox
                label="Keep near-duplicates together"
                description="Images that look alike go to one split: val and test then measure what is new to the model."
                checked={keepAlike}
                onChange={(event) => {
                  const { checked } = event.currentTarget;
                  change(() => setKeepAlike(checked));
                }}
              />
              {preview.isError && <ErrorNotice error={preview.error} />}
              <Group>
                <Button type="submit" disabled={problem !== null} loading={preview.isPending}>
                  Preview
                </Button>
                <Button component={Link} to={`/datasets/${slug}/settings`} variant="subtle" color="gray">
                  Back to the settings
                </Button>
              </Group>
            </Stack>
          </form>
        </Panel>
        {preview.data && (
          <>
            <Alert
              color={preview.data.moves > 0 ? undefined : "gray"}
              title={
                preview.data.moves > 0
                  ? `${plural(preview.data.moves, "image")} of ${dataset.counts.images} would move`
                  : "Nothing would move"
              }
            >
              <Stack gap="sm">
                <Text size="sm">
                  Frozen versions keep their splits. Runs on the next version are measured on other images
                  than before, so their figures do not compare.
                </Text>
                {split.isError && <ErrorNotice error={split.error} />}
                {preview.data.moves > 0 && (
                  <Group>
                    <Button
                      loading={split.isPending}
                      onClick={() =>
                        split.mutate(options, {
                          onSuccess: (job) => {
                            toast({ message: "The images are being moved." });
                            void navigate(`/datasets/${slug}/changes/${job.id}`);
                          },
                        })
                      }
                    >
                      Split again
                    </Button>
                  </Group>
                )}
              </Stack>
            </Alert>
            <SplitPreviewTables preview={preview.data} classList={dataset.classes} />
          </>
        )}
      </Stack>
    </Page>
  );
}
