import { MantineProvider } from "@mantine/core";
import { act, fireEvent, render as renderBare, screen } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { leave, pretendBrowser } from "../testing/shown";
import { Editor, type EditorProps } from "./Editor";
import type { FromFrame, ToFrame } from "./messages";
import { PATIENCE_MS } from "./useFrame";

// jsdom loads no frame: what it would say is said by the test, and what it is told is written down.

beforeEach(() => {
  vi.useFakeTimers();
  pretendBrowser();
  // Mantine's growing field asks for it, and jsdom has none.
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
});
afterEach(() => {
  leave();
  vi.useRealTimers();
});

function render(content: ReactNode): void {
  renderBare(<MantineProvider>{content}</MantineProvider>);
}

function Held(props: Partial<EditorProps>) {
  const [text, setText] = useState("server {}");
  return (
    <>
      <Editor label="Template" text={text} onChange={setText} {...props} />
      <output>{text}</output>
      <button type="button" onClick={() => setText("other {}")}>
        other
      </button>
    </>
  );
}

function frame(): { told: ToFrame[]; say: (message: FromFrame, origin?: string) => void } {
  const shown = screen.getByTitle<HTMLIFrameElement>("Template");
  const told: ToFrame[] = [];
  const inside = shown.contentWindow as Window;
  vi.spyOn(inside, "postMessage").mockImplementation((message: ToFrame) => void told.push(message));
  const say = (data: FromFrame, origin = location.origin) =>
    act(() => void window.dispatchEvent(new MessageEvent("message", { data, origin, source: inside })));
  return { told, say };
}

it("is shown the text, tells what is typed, and is not sent that again", () => {
  render(<Held />);
  const { told, say } = frame();
  say({ kind: "ready" });
  expect(told).toMatchObject([{ kind: "show", text: "server {}", readOnly: false, language: "nginx" }]);
  say({ kind: "text", text: "server { listen 80; }" });
  expect(screen.getByRole("status").textContent).toBe("server { listen 80; }");
  expect(told).toHaveLength(1);
  fireEvent.click(screen.getByText("other"));
  expect(told).toMatchObject([{}, { text: "other {}" }]);
});

it("keeps what is typed while the page is behind", () => {
  const { rerender } = renderBare(
    <MantineProvider>
      <Editor label="Template" text="a" onChange={() => undefined} />
    </MantineProvider>,
  );
  const { told, say } = frame();
  const draw = (text: string, message: string) =>
    rerender(
      <MantineProvider>
        <Editor
          label="Template"
          text={text}
          onChange={() => undefined}
          problems={[{ message, severity: "error" }]}
        />
      </MantineProvider>,
    );
  say({ kind: "ready" });
  say({ kind: "text", text: "ab" });
  say({ kind: "text", text: "abc" });
  draw("ab", "one");
  draw("abc", "two");
  draw("reset", "two");
  draw("ab", "two");
  expect(told.map((sent) => sent.kind === "show" && [sent.text, sent.textNumber])).toEqual([
    ["a", 1],
    ["ab", 1],
    ["abc", 1],
    ["reset", 2],
    ["ab", 3],
  ]);
});

it("believes nothing of another origin or another window", () => {
  render(<Held />);
  const { told, say } = frame();
  say({ kind: "ready" });
  say({ kind: "text", text: "evil" }, "https://elsewhere.example");
  act(() => {
    window.dispatchEvent(
      new MessageEvent("message", {
        data: { kind: "text", text: "evil" },
        origin: location.origin,
        source: window,
      }),
    );
  });
  expect(screen.getByRole("status").textContent).toBe("server {}");
  expect(told).toHaveLength(1);
});

it("goes to the line of a problem", () => {
  render(<Held problems={[{ message: 'unknown directive "lisen"', line: 3, severity: "error" }]} />);
  const { told, say } = frame();
  say({ kind: "ready" });
  fireEvent.click(screen.getByRole("button", { name: /Line 3/ }));
  expect(told.at(-1)).toEqual({ kind: "reveal", line: 3 });
});

it("is a plain field when the editor does not load, and the editor when it does", () => {
  render(<Held />);
  act(() => void vi.advanceTimersByTime(PATIENCE_MS));
  const field = screen.getByRole("textbox", { name: "Template" });
  fireEvent.change(field, { target: { value: "typed" } });
  expect(screen.getByRole("status").textContent).toBe("typed");
  fireEvent.click(screen.getByRole("button", { name: "Load the editor again" }));
  const { told, say } = frame();
  say({ kind: "ready" });
  expect(told).toMatchObject([{ text: "typed" }]);
});

it("can only be read on a phone", () => {
  const narrow = { matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() };
  vi.stubGlobal("matchMedia", () => narrow);
  render(<Held />);
  expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Template" }).readOnly).toBe(true);
});
