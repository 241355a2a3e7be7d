/** What can be done on the page that is shown, or with the rows that are chosen: its buttons, the lines of its menu. */
export interface PageAction {
  label: string;
  run: () => void;
}

const BUTTONS = "[data-page-actions] :is(button, a):not([aria-haspopup=menu])";

export function pageActions(): PageAction[] {
  const found = [...document.querySelectorAll<HTMLElement>(BUTTONS)];
  return found
    .filter((control) => !control.matches(":disabled, [data-disabled]"))
    .map((control) => ({ label: control.textContent?.trim() ?? "", run: () => control.click() }))
    .filter(({ label }) => label !== "");
}

const WAIT_MS = 8000;

/** Presses the button that creates something on the page that is being opened, as soon as it is there. */
export function createWhenThere(path: string): void {
  const press = () => {
    if (location.pathname !== path) return false;
    const button = document.querySelector<HTMLButtonElement>("#content [data-create]");
    button?.click();
    return button !== null;
  };
  if (press()) return;
  const watch = new MutationObserver(() => press() && stop());
  const timer = setTimeout(() => stop(), WAIT_MS);
  const stop = () => {
    watch.disconnect();
    clearTimeout(timer);
  };
  watch.observe(document.body, { childList: true, subtree: true });
}
