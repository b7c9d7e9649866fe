import { Select, Skeleton, Stack, Text } from "@mantine/core";
import { useVersionPreview, useVersions } from "@/api/jobs";
import type { VersionPreview } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";
import { isBlocked, VersionContents } from "../dataset/VersionContents";

export const FREEZE_NOW = "now";

/** How many images a choice trains on, and whether it can be trained on at all. */
export type VersionFacts = { trainImages: number; ready: boolean; words: string };

export function useVersionFacts(slug: string, version: string): VersionFacts {
  const versions = useVersions(slug);
  const preview = useVersionPreview(slug, version === FREEZE_NOW);
  if (version === FREEZE_NOW) return factsOfPreview(preview.data);
  const chosen = versions.items.find(({ id }) => String(id) === version);
  if (!chosen) return { trainImages: 0, ready: false, words: "no version" };
  return { trainImages: chosen.image_counts.train, ready: true, words: `version ${chosen.number}` };
}

/** The server freezes nothing twice: an unchanged dataset is trained on as it was frozen last. */
export function factsOfPreview(preview: VersionPreview | undefined): VersionFacts {
  if (!preview) return { trainImages: 0, ready: false, words: "a new version" };
  const unchanged = preview.unchanged_since;
  const words = unchanged === null ? "a new version" : `version ${unchanged}`;
  return { trainImages: preview.image_counts.train, ready: !isBlocked(preview), words };
}

export function VersionPicker({
  slug,
  value,
  onChange,
}: {
  slug: string;
  value: string;
  onChange: (version: string) => void;
}) {
  const versions = useVersions(slug);
  const preview = useVersionPreview(slug, value === FREEZE_NOW);
  const frozen = versions.items.filter(({ state }) => state === "finished");
  const gone =
    value !== FREEZE_NOW &&
    versions.isSuccess &&
    !versions.hasNextPage &&
    !frozen.some((version) => String(version.id) === value);
  return (
    <Stack gap="md">
      <Select
        label="Version"
        allowDeselect={false}
        disabled={!slug}
        placeholder="Choose a version"
        error={gone && "That version is not there any more: choose another."}
        value={gone ? null : value}
        onChange={(choice) => onChange(choice ?? FREEZE_NOW)}
        data={[
          { value: FREEZE_NOW, label: "Freeze the dataset as it stands now" },
          ...frozen.map((version) => {
            const { train, val } = version.image_counts;
            return {
              value: String(version.id),
              label: `Version ${version.number}: ${plural(train, "train image")}, ${val} val, ${plural(version.instance_count, "object")}`,
            };
          }),
        ]}
      />
      {versions.isError && <ErrorNotice error={versions.error} onRetry={() => void versions.refetch()} />}
      {slug && value === FREEZE_NOW && (
        <>
          {preview.isLoading && <Skeleton height={80} />}
          {preview.isError && <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />}
          {preview.data?.unchanged_since != null && (
            <Text size="sm" c="dimmed">
              Nothing has changed since version {preview.data.unchanged_since}: it trains on that one.
            </Text>
          )}
          {preview.data && <VersionContents preview={preview.data} />}
        </>
      )}
    </Stack>
  );
}
