import { type ComponentType, type LazyExoticComponent, lazy } from "react";

// A page's file is loaded when the page is first opened, and all files once the browser is idle: then every page also
// opens while the control plane is away. A file that was not loaded before that is waited for.

const RETRY_MS = 1000;
/** Until then, the page that was opened first gets its files and data. */
const PRELOAD_AFTER_MS = 3000;
const notLoaded: (() => Promise<unknown>)[] = [];

type PropsOf<C> = C extends ComponentType<infer Props> ? Props : never;
type Part<C> = LazyExoticComponent<ComponentType<PropsOf<C>>> & { preload: () => Promise<void> };

/** A component whose file is loaded when it is first shown. `name`: what the file exports it as. */
export function lazyPart<Module, Name extends keyof Module>(
  load: () => Promise<Module>,
  name: Name,
): Part<Module[Name]> {
  type Loaded = { default: ComponentType<PropsOf<Module[Name]>> };
  let loading: Promise<Loaded> | undefined;
  const loaded = () => (loading ??= patiently(load).then((module) => ({ default: module[name] }) as Loaded));
  return Object.assign(lazy(loaded), { preload: () => loaded().then(() => undefined) });
}

/** The same for a page, which `preloadPages` loads before that. */
export function lazyPage<Module, Name extends keyof Module>(
  load: () => Promise<Module>,
  name: Name,
): Part<Module[Name]> {
  const part = lazyPart(load, name);
  notLoaded.push(part.preload);
  return part;
}

/** Loads all pages one after the other, while the browser is idle; none for whoever pays for each. */
export function preloadPages(): void {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  if (connection?.saveData) return;
  const next = () => {
    const preload = notLoaded.shift();
    if (preload !== undefined) whenIdle(() => void preload().then(next));
  };
  setTimeout(next, PRELOAD_AFTER_MS);
}

function whenIdle(work: () => void): void {
  if (typeof requestIdleCallback === "undefined") setTimeout(work, 200);
  else requestIdleCallback(work, { timeout: 5000 });
}

/**
 * Loads a file, and waits while the control plane does not answer. A file that is missing although it answers is of an
 * older version: the browser then loads the dashboard of the new one.
 */
async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (let answered = false; ; ) {
    try {
      return await load();
    } catch (error) {
      if (answered) {
        location.reload();
        throw error;
      }
      await untilAnswering();
      answered = true;
    }
  }
}

async function untilAnswering(): Promise<void> {
  for (;;) {
    try {
      if ((await fetch("/healthz", { cache: "no-store" })).ok) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
