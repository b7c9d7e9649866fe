import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { theme } from "@/theme";

/** Renders with the providers of the application, at an address, without a server. */
export function renderApp(node: ReactNode, address = "/") {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  return {
    client,
    ...render(
      <QueryClientProvider client={client}>
        <MantineProvider theme={theme} env="test">
          <MemoryRouter initialEntries={[address]}>{node}</MemoryRouter>
        </MantineProvider>
      </QueryClientProvider>,
    ),
  };
}
