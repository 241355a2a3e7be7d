import { type ComponentType, type LazyExoticComponent, lazy } from "react";

// Pages are loaded when they are first opened, and all of them once the browser has nothing else to do: so that somebody
// who looks around while the control plane is away still gets every page. What cannot be loaded then is waited for.

const RETRY_MS = 1000;
/** The page that was asked for has its files and its data first. */
const PRELOAD_AFTER_MS = 3000;
const waiting: (() => Promise<unknown>)[] = [];

type PropsOf<C> = C extends ComponentType<infer Props> ? Props : never;
type Part<C> = LazyExoticComponent<ComponentType<PropsOf<C>>> & { preload: () => Promise<void> };

/** A component of its own file. `name` is what the file calls it. */
export function lazyPart<Module, Name extends keyof Module>(
  load: () => Promise<Module>,
  name: Name,
): Part<Module[Name]> {
  type Loaded = { default: ComponentType<PropsOf<Module[Name]>> };
  let loading: Promise<Loaded> | undefined;
  const loaded = () => (loading ??= patiently(load).then((module) => ({ default: module[name] }) as Loaded));
  return Object.assign(lazy(loaded), { preload: () => loaded().then(() => undefined) });
}

/** The same for a page: loaded ahead of need by `preloadPages`. */
export function lazyPage<Module, Name extends keyof Module>(
  load: () => Promise<Module>,
  name: Name,
): Part<Module[Name]> {
  const part = lazyPart(load, name);
  waiting.push(part.preload);
  return part;
}

/** One after the other, while the browser is idle. */
export function preloadPages(): void {
  const next = () => {
    const preload = waiting.shift();
    if (preload !== undefined) whenIdle(() => void preload().then(next));
  };
  setTimeout(next, PRELOAD_AFTER_MS);
}

function whenIdle(work: () => void): void {
  if (typeof requestIdleCallback === "undefined") setTimeout(work, 200);
  else requestIdleCallback(work, { timeout: 5000 });
}

/** A file that is not there although the control plane answers is one of an older version: the page begins anew. */
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
