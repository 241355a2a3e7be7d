import type { Icon } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useWhoAmI } from "../access/useAccess";
import { type Recent, wentTo } from "./recents";

export interface PaletteEntry {
  id: string;
  label: string;
  description?: string;
  icon: Icon;
  run: () => void;
}

export interface PaletteGroup {
  label: string;
  entries: PaletteEntry[];
}

/** A function that opens the page at a path, and remembers that the person went there. */
export function useOpen() {
  const navigate = useNavigate();
  const person = usePerson();
  return (to: string, recent?: Omit<Recent, "to">) => {
    if (recent) wentTo(person, { ...recent, to });
    const [path, search] = to.split("?");
    void navigate({ to: path, search: Object.fromEntries(new URLSearchParams(search)) } as never);
  };
}

export function usePerson(): string {
  const { id, name } = useWhoAmI();
  return id ?? name;
}
