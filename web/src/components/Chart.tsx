import { Skeleton } from "@mantine/core";
import { Suspense } from "react";
import { text } from "../text";
import classes from "./Chart.module.css";
import type { ChartProps } from "./ChartCanvas";
import { lazyPart } from "./lazily";

const Canvas = lazyPart(() => import("./ChartCanvas"), "ChartCanvas");

/** A graph over time; the library that draws it is loaded with the first one. */
export function Chart(props: ChartProps) {
  const newest = props.lines.map(({ values }) => values.findLast((value) => value !== null) ?? null);
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.caption}>
        <span>{props.title}</span>
        <span className={classes.newest}>
          {props.lines.map(({ label }, at) => (
            <span key={label}>
              {props.lines.length > 1 && <span className="quiet">{label} </span>}
              {newest[at] === null || newest[at] === undefined ? "–" : props.format(newest[at])}
            </span>
          ))}
        </span>
      </figcaption>
      {props.lines.every(({ values }) => values.every((value) => value === null)) ? (
        <div className={`${classes.area} ${classes.none} quiet`}>{text.common.noSamples}</div>
      ) : (
        <Suspense fallback={<Skeleton height={120} />}>
          <Canvas {...props} />
        </Suspense>
      )}
    </figure>
  );
}
