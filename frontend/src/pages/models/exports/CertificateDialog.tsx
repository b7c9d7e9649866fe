import { Anchor, Button, Group, Modal, Skeleton, Stack, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { useCertify } from "@/api/checkpoints";
import { useEvaluatedImage } from "@/api/evaluations";
import type { Certificate, Checkpoint, Export } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MaskedImage } from "@/components/MaskOverlay";
import { formatBytes } from "@/lib/format";
import { verificationWords } from "../words";
import classes from "./Exports.module.css";
import { GradeBadge } from "./GradeBadge";
import { differenceWords, mapWords, msWords, placeWords, totalMs } from "./words";

/** How an export compares with its checkpoint: figures, speed, size, and the image where they differ most. */
export function CertificateDialog({
  item,
  certificate,
  checkpoint,
  mayManage,
  onClose,
}: {
  item: Export;
  certificate: Certificate;
  checkpoint: Checkpoint;
  mayManage: boolean;
  onClose: () => void;
}) {
  const certify = useCertify(checkpoint.id);
  return (
    <Modal opened onClose={onClose} size={760} title={`${item.name} beside ${checkpoint.kind}.pt`}>
      <Stack gap="md">
        <Group gap="sm">
          <GradeBadge grade={certificate.grade} />
          <Text size="sm" c="dimmed">
            {placeWords(certificate)}
          </Text>
        </Group>
        <Text size="sm">{certificate.sentence}</Text>
        <Figures certificate={certificate} names={[`${checkpoint.kind}.pt`, item.name]} />
        {certificate.worst_image && certificate.evaluation !== null && (
          <WorstImage
            worst={certificate.worst_image}
            evaluation={certificate.evaluation}
            names={[`${checkpoint.kind}.pt`, item.name]}
          />
        )}
        {item.verification && (
          <Text size="xs" c="dimmed">
            When it was made: {verificationWords(item.verification)}
          </Text>
        )}
        {certify.isError && <ErrorNotice error={certify.error} />}
        <Group justify="space-between">
          {certificate.evaluation !== null ? (
            <Anchor
              component={Link}
              to={`/runs/${checkpoint.run}/results?evaluation=${certificate.evaluation}`}
              size="sm"
            >
              All figures of this export
            </Anchor>
          ) : (
            <span />
          )}
          {mayManage && (
            <Button
              variant="default"
              size="xs"
              loading={certify.isPending}
              onClick={() => certify.mutate({ id: item.id }, { onSuccess: onClose })}
            >
              Measure again
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

const STEPS = [
  ["preprocess_ms", "Prepare the image"],
  ["inference_ms", "Run the network"],
  ["postprocess_ms", "Read its answer"],
] as const;

function Figures({ certificate, names }: { certificate: Certificate; names: readonly [string, string] }) {
  const { speed, size } = certificate;
  const rows: [string, string, string, string][] = [
    [
      "Mask mAP50-95",
      mapWords(certificate.checkpoint_map50_95),
      mapWords(certificate.export_map50_95),
      differenceWords(certificate.difference),
    ],
    ["File size", formatBytes(size.checkpoint_bytes), formatBytes(size.export_bytes), ""],
  ];
  if (speed) {
    rows.push(
      ...STEPS.map(([step, label]): [string, string, string, string] => [
        label,
        msWords(speed.checkpoint[step]),
        msWords(speed.export[step]),
        "",
      ]),
      [
        "An image, in all",
        msWords(totalMs(speed.checkpoint)),
        msWords(totalMs(speed.export)),
        `${speed.ratio.toFixed(2)} ×`,
      ],
    );
  }
  return (
    <div>
      <div className={classes.scroll}>
        <Table className={classes.table} verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Td />
              <Table.Th className={classes.number}>{names[0]}</Table.Th>
              <Table.Th className={classes.number}>{names[1]}</Table.Th>
              <Table.Th className={classes.number}>Difference</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(([label, ...values]) => (
              <Table.Tr key={label}>
                <Table.Td>{label}</Table.Td>
                {values.map((value, i) => (
                  <Table.Td key={i} className={classes.number}>
                    {value}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {speed && (
        <Text size="xs" c="dimmed" mt={4}>
          Medians of {speed.image_count} images on {speed.device_name}, both models in one process, in turn.
          {certificate.agreement !== null &&
            ` ${(100 * certificate.agreement).toFixed(1)} % of the objects were found by both, at confidence 0.25.`}
        </Text>
      )}
    </div>
  );
}

const COLORS = ["#228be6", "#e8590c"] as const;

function WorstImage({
  worst,
  evaluation,
  names,
}: {
  worst: NonNullable<Certificate["worst_image"]>;
  evaluation: number;
  names: readonly [string, string];
}) {
  const image = useEvaluatedImage(evaluation, worst.key, 0.25);
  const sides = [worst.checkpoint, worst.export] as const;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        Where they differ most{image.data && `: ${image.data.file_name}`}
      </Text>
      <Text size="sm">{worst.reason}</Text>
      {image.isError && <ErrorNotice error={image.error} onRetry={() => void image.refetch()} />}
      {image.isPending && <Skeleton height={200} />}
      {image.data && (
        <div className={classes.pair}>
          {sides.map((found, side) => (
            <figure key={side} style={{ margin: 0 }}>
              <MaskedImage
                src={image.data.image_url}
                alt={`What ${names[side] ?? ""} finds on ${image.data.file_name}: ${found.length}`}
                width={worst.width}
                height={worst.height}
                fit="contain"
                masks={found.map(({ polygon, confidence }) => ({
                  points: polygon,
                  color: COLORS[side] ?? COLORS[0],
                  dashed: side === 1,
                  caption: confidence.toFixed(2),
                }))}
              />
              <Text component="figcaption" size="xs" c="dimmed">
                {names[side]}: {found.length === 1 ? "1 object" : `${found.length} objects`}
              </Text>
            </figure>
          ))}
        </div>
      )}
    </Stack>
  );
}
