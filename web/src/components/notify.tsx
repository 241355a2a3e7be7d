import { notifications } from "@mantine/notifications";
import { isApiError } from "../api/errors";
import { text } from "../text";
import { nextStepOf } from "./nextStep";

const DONE_MS = 4000;
/** Long enough to read two sentences; what was missed is asked for again. */
const FAILURE_MS = 12_000;
const closeButtonProps = { "aria-label": text.common.close };
const UNREACHABLE = "unreachable";

export function notifyDone(message: string): void {
  notifications.show({ message, color: "teal", autoClose: DONE_MS, closeButtonProps });
}

/**
 * What failed; with what to do next and the request's id. While nobody answers, there is one for all that fails.
 * `title`: of what the error is but an example.
 */
export function notifyFailure(error: unknown, title?: string): void {
  const message = error instanceof Error ? error.message : String(error);
  const example = title === undefined ? undefined : message;
  if (!isApiError(error)) {
    show(title ?? message, [example]);
    return;
  }
  const request = error.requestId && `${text.errors.requestId} ${error.requestId}`;
  const parts = [example, nextStepOf(error)?.words, request];
  show(title ?? message, parts, error.unreachable ? UNREACHABLE : undefined);
}

function show(title: string, parts: (string | undefined)[], id?: string): void {
  const message = parts.filter(Boolean).join(" · ");
  notifications.show({ id, title, message, color: "red", autoClose: FAILURE_MS, closeButtonProps });
}

/** The control plane answers again. */
export function forgetUnreachable(): void {
  notifications.hide(UNREACHABLE);
}

/** Nobody is signed in any more. */
export function forgetAllNotifications(): void {
  notifications.clean();
}
