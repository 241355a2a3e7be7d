import classes from "./Meter.module.css";
import { percentText } from "./quantity";

/** A share of a whole as a bar and a figure. From 75 % it warns, from 90 % it alarms. */
export function Meter({ value, label, detail }: { value: number; label: string; detail?: string }) {
  const tone = value >= 90 ? "bad" : value >= 75 ? "warn" : "ok";
  return (
    <span className={classes.meter} title={detail}>
      <span
        className={classes.track}
        role="meter"
        aria-label={label}
        aria-valuenow={Math.round(value)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={detail ?? percentText(value)}
      >
        <span
          className={classes.fill}
          data-tone={tone}
          style={{ width: `${Math.min(100, Math.max(0, value))}%` }}
        />
      </span>
      <span className={classes.figure}>{percentText(value)}</span>
    </span>
  );
}
