/**
 * The frame of every chart: an SVG that stretches with the page, and its axes as HTML text around it,
 * so that letters and line widths keep their size on any screen.
 *
 * @module
 */

import { type Html, html, type Part } from "./_html.ts";
import type { Scale, Tick } from "./_scale.ts";

/** Width of the drawing in its own units; x positions are fractions of it. */
export const WIDTH = 10_000;
/** Height of the drawing in its own units. */
export const HEIGHT = 2000;

/** What a chart shows besides its marks. */
export interface ChartFrame {
  /** Unique in the page; the SVG's title and description hang on it. */
  readonly id: string;
  /** Accessible name. */
  readonly title: string;
  /** What a person who does not see the chart should know. */
  readonly description: string;
  /** Style class of the height: `"tall"`, `"middle"`, `"low"`. */
  readonly size: "tall" | "middle" | "low";
  /** Value axis. */
  readonly scale: Scale;
  /** Time axis. */
  readonly times: readonly Tick[];
  /** False where a chart below carries the labels of the time axis. */
  readonly timeLabels: boolean;
}

/** Draws the frame around marks, which are SVG elements in the units of {@linkcode WIDTH}. */
export function chart(frame: ChartFrame, marks: Part, overlay: Part = null): Html {
  const { id, scale, times } = frame;
  const grid = scale.ticks.map(({ at }) => `M0 ${down(at)}H${WIDTH}`).join("") +
    times.map(({ at }) => `M${across(at)} 0V${HEIGHT}`).join("");
  return html`<div class="chart ${frame.size}">
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-labelledby="${id}-t" aria-describedby="${id}-d">
<title id="${id}-t">${frame.title}</title><desc id="${id}-d">${frame.description}</desc>
<path class="grid" d="${grid}"/>${marks}</svg>
<div class="axes" aria-hidden="true">${
    scale.ticks.map(({ at, label }) =>
      html`<span class="y${at > 0.9 ? " top" : ""}" style="bottom:${percent(at)}">${label}</span>`
    )
  }${
    frame.timeLabels &&
    times.map(({ at, label }, index) =>
      html`<span class="x${at < 0.04 ? " start" : at > 0.96 ? " end" : ""}${
        index % 2 === 1 ? " odd" : ""
      }" style="left:${percent(at)}">${label}</span>`
    )
  }</div>${overlay}</div>`;
}

/** A fraction of the time axis in drawing units. */
export function across(fraction: number): number {
  return Math.round(Math.min(1, Math.max(0, fraction)) * WIDTH);
}

/** A fraction of the value axis in drawing units, which grow downwards. */
export function down(fraction: number): number {
  return Math.round((1 - Math.min(1, Math.max(0, fraction))) * HEIGHT);
}

/** Where a value lies on its axis, as a fraction. */
export function along(scale: Scale, value: number): number {
  return (value - scale.low) / (scale.high - scale.low);
}

/** A fraction as CSS wants it. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)}%`;
}

/** Path data of a line through points in drawing units. */
export function line(points: readonly (readonly [number, number])[]): string {
  let text = "";
  let before: readonly [number, number] | undefined;
  for (const point of points) {
    const [x, y] = point;
    if (before === undefined) text += `M${x} ${y}`;
    else if (x !== before[0] || y !== before[1]) text += `L${x} ${y}`;
    before = point;
  }
  return text;
}

/** Path data of dots: lines of length zero, which round line ends turn into circles of any size. */
export function dots(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y]) => `M${x} ${y}h0`).join("");
}
