import { Grid, Select, Text } from "@mantine/core";
import { useCallback } from "react";
import type { Search } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { Panel } from "@/components/Page";
import { text, useUrlState } from "@/lib/urlState";
import { argumentOption, hasResult, importanceOption, resultOption } from "./trials";

const ADDRESS = { argument: text() };

export function SearchCharts({ search }: { search: Search }) {
  const [address, setAddress] = useUrlState(ADDRESS);
  const { trials, space, importance, trial_count: trialCount } = search;
  const names = space.map(({ name }) => name);
  const chosen = names.find((name) => name === address.argument) ?? importance[0]?.name ?? names[0];
  const dimension = space.find(({ name }) => name === chosen);
  // The query gives new arrays each time; a chart is drawn anew when what it shows has changed.
  const drawn = JSON.stringify([
    trials.map(({ number, state, value }) => [number, state, value]),
    importance,
  ]);
  const results = useCallback(
    (colors: ChartColors) => resultOption(colors, trials, trialCount),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [drawn, trialCount],
  );
  const shares = useCallback(
    (colors: ChartColors) => importanceOption(colors, importance),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [drawn],
  );
  const overArgument = useCallback(
    (colors: ChartColors) => (dimension ? argumentOption(colors, trials, dimension) : {}),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [drawn, chosen],
  );
  if (!trials.some(hasResult)) {
    return (
      <Panel>
        <Text size="sm" c="dimmed" ta="center" py="lg">
          Charts begin when the first trial has ended.
        </Text>
      </Panel>
    );
  }
  return (
    <Grid gap="md">
      <Grid.Col span={12}>
        <Panel title="Mask mAP50-95, trial by trial">
          <Chart option={results} height={260} label="Result of each trial, and the best until then" />
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Panel title="What matters">
          {importance.length > 0 ? (
            <>
              <Chart
                option={shares}
                height={Math.max(160, 26 * importance.length + 12)}
                label="Each argument's share in the differences of the results"
              />
              <Text size="xs" c="dimmed" mt="xs">
                Each argument’s share in what sets good trials apart (PED-ANOVA). With few trials a rough
                guess.
              </Text>
            </>
          ) : (
            <Text size="sm" c="dimmed" py="lg" ta="center">
              Told once four trials have finished with different results.
            </Text>
          )}
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Panel
          title="Results over one argument"
          aside={
            <Select
              size="xs"
              w={150}
              aria-label="Argument"
              allowDeselect={false}
              value={chosen ?? null}
              onChange={(argument) => setAddress({ argument: argument ?? "" })}
              data={names}
            />
          }
        >
          <Chart
            option={overArgument}
            height={Math.max(220, 26 * importance.length + 12)}
            label={`Results over ${chosen}`}
          />
        </Panel>
      </Grid.Col>
    </Grid>
  );
}
