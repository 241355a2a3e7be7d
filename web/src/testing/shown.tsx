import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { cleanup, configure, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { queryClient } from "../api/queries";
import { begin } from "../api/session";

// What tests of pages share: a component at an address of the dashboard, signed in, with an API that is played.

// A busy machine takes long to draw the first page.
configure({ asyncUtilTimeout: 15_000 });

/** What jsdom lacks. Before each test. */
export function pretendBrowser(): void {
  vi.stubGlobal("matchMedia", () => ({
    matches: true,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
  }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = vi.fn();
      unobserve = vi.fn();
      disconnect = vi.fn();
    },
  );
  vi.stubGlobal("scrollTo", vi.fn());
  const fonts = { addEventListener: vi.fn(), removeEventListener: vi.fn() };
  Object.defineProperty(document, "fonts", { value: fonts, configurable: true });
  Element.prototype.scrollIntoView ??= () => undefined;
}

/** After each test. */
export function leave(): void {
  cleanup();
  queryClient.clear();
  vi.unstubAllGlobals();
}

type Answer = { status?: number; body: unknown };

/**
 * Plays the API: `answers` by "GET /api/v1/nodes", without the query; what is not there is a 404. Answers the list of
 * requests, as "GET /api/v1/nodes?search=x".
 */
export function playApi(answers: Record<string, Answer | ((url: URL) => Answer)>): string[] {
  const asked: string[] = [];
  const play = async (request: Request) => {
    const url = new URL(request.url);
    asked.push(`${request.method} ${url.pathname}${url.search}`);
    const found = answers[`${request.method} ${url.pathname}`];
    const { status = 200, body } = typeof found === "function" ? found(url) : (found ?? NOT_FOUND);
    return new Response(JSON.stringify(body), { status });
  };
  vi.stubGlobal("fetch", (request: Request) => play(request));
  return asked;
}

export const NOT_FOUND: Answer = {
  status: 404,
  body: { error: { code: "NOT_FOUND", message: "there is no such thing", next_step: "nimbus node list" } },
};

/** Rows as the API lists them. */
export function listed(rows: unknown[], total: number = rows.length): Answer {
  return { body: { data: rows, meta: { page: 1, per_page: 100, total } } };
}

/** Somebody is signed in who holds these permissions everywhere. */
export function signedInWith(...permissions: string[]): void {
  begin({ access_token: "token", expires_in: 3600 } as Parameters<typeof begin>[0]);
  queryClient.setQueryData(["whoami"], {
    name: "ada",
    access: { everywhere: permissions, organizations: {}, workspaces: {} },
  });
}

/** Shows a page at an address; all `paths` show it. Answers the router. */
export function show(address: string, Page: () => ReactNode, ...paths: string[]) {
  const root = createRootRoute();
  const routes = paths.map((path) => createRoute({ getParentRoute: () => root, path, component: Page }));
  const router = createRouter({
    routeTree: root.addChildren(routes),
    history: createMemoryHistory({ initialEntries: [address] }),
  });
  render(
    <MantineProvider env="test">
      <ModalsProvider>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router as never} />
        </QueryClientProvider>
      </ModalsProvider>
    </MantineProvider>,
  );
  return router;
}
