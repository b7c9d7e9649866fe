import { ActionIcon, Button, Kbd, NativeSelect, Slider } from "@mantine/core";
import { IconCheck, IconChevronLeft, IconChevronRight, IconX } from "@tabler/icons-react";
import { asProblem } from "@/api/problem";
import type { Role } from "@/api/types";
import { may } from "@/lib/roles";
import { KIND_WORDS } from "@/pages/verdicts/object";
import { useKeyNames } from "../use-keys";
import { LOOKS } from "./GhostLayer";
import notices from "../notices.module.css";
import classes from "./ghosts.module.css";
import type { Fixes } from "./use-fixes";
import { formatThreshold } from "@/lib/figures";
import type { GhostView, PredictedView } from "./use-ghosts";

/** Above the canvas: which prediction is in question, what somebody said of it, and how it is taken. */
export function GhostBar({ ghosts, fixes, role }: { ghosts: GhostView; fixes: Fixes; role: Role }) {
  const keyOf = useKeyNames();
  const { current, count, position, verdict, error } = ghosts;
  if (error) {
    return (
      <div className={notices.bar} role="status">
        <span>The predictions cannot be shown. {asProblem(error).message}</span>
        <Button size="compact-sm" variant="default" onClick={ghosts.retry}>
          Try again
        </Button>
        <Close onClose={ghosts.close} />
      </div>
    );
  }
  if (!ghosts.isOpen) return null;
  const isFixed = verdict !== null && verdict.state !== "open";
  return (
    <div className={notices.bar} role="status" aria-label="Predictions">
      <div className={classes.words}>
        {verdict && (
          <div className={classes.what}>
            {KIND_WORDS[verdict.kind]}
            {verdict.kind === "missing" ? `: ${verdict.class_name}` : ""}
            {isFixed ? ` · ${verdict.state}` : ""}
          </div>
        )}
        {verdict?.comment && <div className={classes.comment}>{verdict.comment}</div>}
        <div className={verdict ? undefined : classes.what}>
          {current ? (
            <>
              <Line look="current" />
              Predicted: {current.className}
              {current.confidence !== null ? ` ${formatThreshold(current.confidence)}` : ""}
              {count > 1 ? ` · ${position} of ${count}` : ""}
            </>
          ) : (
            describeNone(ghosts)
          )}
        </div>
        {ghosts.predicted && <Predicted view={ghosts.predicted} />}
        {ghosts.label.length > 0 && (
          <div>
            <Line look="label" />
            the label as it was evaluated
          </div>
        )}
      </div>
      <div className={classes.actions}>
        {count > 1 && (
          <>
            <Step label="Previous prediction" onClick={() => ghosts.step(-1)}>
              <IconChevronLeft size={16} />
            </Step>
            <Step label="Next prediction" onClick={() => ghosts.step(1)}>
              <IconChevronRight size={16} />
            </Step>
          </>
        )}
        {current && (
          <Button
            size="compact-sm"
            leftSection={<IconCheck size={15} />}
            rightSection={<Kbd size="xs">{keyOf("ghost.take")}</Kbd>}
            onClick={ghosts.take}
          >
            Take it
          </Button>
        )}
        {ghosts.takeAll && ghosts.shown.length > 1 && (
          <Button size="compact-sm" variant="default" onClick={ghosts.takeAll}>
            Take all {ghosts.shown.length}
          </Button>
        )}
        {fixes.settle && verdict?.state === "open" && verdict.kind !== "model" && (
          <Button size="compact-sm" variant="default" onClick={() => fixes.settle?.("fixed")}>
            Is fixed
          </Button>
        )}
        {fixes.settle && verdict?.state === "open" && may(role, "assign") && (
          <Button size="compact-sm" variant="default" onClick={() => fixes.settle?.("dismissed")}>
            No error
          </Button>
        )}
        {fixes.skip && (
          <Button
            size="compact-sm"
            variant={isFixed ? "filled" : "default"}
            rightSection={<Kbd size="xs">{keyOf("ghost.skip")}</Kbd>}
            onClick={fixes.skip}
          >
            {isFixed ? "Next fix" : "Skip"}
          </Button>
        )}
        <Close onClose={ghosts.close} />
      </div>
    </div>
  );
}

function describeNone({ count, shown, label, predicted }: GhostView): string {
  if (count === 0 && predicted) return "No prediction at this confidence.";
  if (count === 0)
    return label.length > 0 ? "The model found nothing here." : "The model predicted nothing here.";
  if (shown.length === 0) return "Every prediction is taken.";
  return shown.length === 1 ? "1 prediction" : `${shown.length} predictions`;
}

/** Which prediction the ghosts are of, and from which confidence on they show. */
function Predicted({ view }: { view: PredictedView }) {
  const { prediction, predictions, confidence, setConfidence, choose } = view;
  return (
    <div className={classes.predicted}>
      {predictions.length > 1 ? (
        <NativeSelect
          size="xs"
          aria-label="Prediction"
          value={String(prediction)}
          onChange={(event) => choose(Number(event.currentTarget.value))}
          data={predictions.map((each) => ({
            value: String(each.prediction),
            label: `${each.prediction}: ${each.model_name}`,
          }))}
        />
      ) : (
        <span className={classes.comment}>{predictions[0]?.model_name}</span>
      )}
      <Slider
        size="xs"
        w={110}
        min={0.05}
        max={1}
        step={0.01}
        value={confidence}
        onChange={setConfidence}
        label={formatThreshold}
        thumbLabel="Confidence from which predictions show"
      />
      <span className="tabular">≥ {formatThreshold(confidence)}</span>
    </div>
  );
}

function Line({ look }: { look: keyof typeof LOOKS }) {
  const { color } = LOOKS[look];
  return (
    <span
      className={classes.line}
      style={{ borderColor: color, borderTopStyle: look === "label" ? "dotted" : "dashed" }}
    />
  );
}

function Step({
  label,
  onClick,
  children,
}: {
  label: string;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} onClick={onClick}>
      {children}
    </ActionIcon>
  );
}

function Close({ onClose }: { onClose: () => void }) {
  return (
    <ActionIcon variant="subtle" color="gray" aria-label="Hide the predictions" onClick={onClose}>
      <IconX size={16} />
    </ActionIcon>
  );
}
