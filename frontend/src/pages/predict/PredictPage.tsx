import { Stack, Tabs } from "@mantine/core";
import { IconBolt, IconWand } from "@tabler/icons-react";
import { Page } from "@/components/Page";
import { TABS } from "./new/address";
import { LiveTab } from "./new/live/LiveTab";
import { NewPrediction } from "./new/NewPrediction";
import { useForm } from "./new/use-form";
import { PredictionHistory } from "./PredictionHistory";

export default function PredictPage() {
  const form = useForm();
  const [address, change] = form;
  return (
    <Page title="Predict" lead="Apply a model to images, videos and streams, or try it at once.">
      <Tabs
        value={address.tab}
        onChange={(tab) => change({ tab: TABS.find((each) => each === tab) ?? "predict" })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="predict" leftSection={<IconWand size={16} />}>
            Prediction
          </Tabs.Tab>
          <Tabs.Tab value="live" leftSection={<IconBolt size={16} />}>
            Live
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="predict">
          <Stack gap="lg">
            <NewPrediction form={form} />
            <PredictionHistory />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="live">
          <LiveTab form={form} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
