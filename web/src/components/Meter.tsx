import classes from "./Meter.module.css";
import { percentText } from "./quantity";

function toneOf(percent: number): "ok" | "warn" | "bad" {
  if (percent >= 90) return "bad";
  return percent >= 75 ? "warn" : "ok";
}

/** A share of a whole, in percent, as a bar and a figure. From 75 % it warns, from 90 % it alarms. */
export function Meter(props: {
  value: number;
  label: string;
  detail?: string;
  /** The figure is beside it already. */
  bare?: boolean;
  /** As wide as there is room. */
  wide?: boolean;
}) {
  const { value, label, detail, bare = false, wide = bare } = props;
  return (
    <span className={classes.meter} title={detail}>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> in colours of their own */}
      <span
        className={classes.track}
        data-wide={wide || undefined}
        role="meter"
        aria-label={label}
        aria-valuenow={Math.round(value)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={detail ?? percentText(value)}
      >
        <span
          className={classes.fill}
          data-tone={toneOf(value)}
          style={{ width: `${Math.min(100, Math.max(0, value))}%` }}
        />
      </span>
      {!bare && <span className={classes.figure}>{percentText(value)}</span>}
    </span>
  );
}
