import { type RefObject, useEffect, useState } from "react";

/** Whether the focus is inside of the frame: to the page around it, its window has lost it. */
export function useFrameFocus(frame: RefObject<HTMLIFrameElement | null>): boolean {
  const [within, setWithin] = useState(false);
  useEffect(() => {
    const look = () => setWithin(frame.current !== null && document.activeElement === frame.current);
    window.addEventListener("blur", look);
    window.addEventListener("focus", look);
    document.addEventListener("focusin", look);
    return () => {
      window.removeEventListener("blur", look);
      window.removeEventListener("focus", look);
      document.removeEventListener("focusin", look);
    };
  }, [frame]);
  return within;
}
