/* Draws the page's figures in the colours of its theme, fits them to the screen and to paper. */
(() => {
  "use strict";
  const root = document.documentElement;
  const NEAR = "100%"; /* a figure is drawn when it is less than a screen away from what is seen */
  const PRINTED = 786; /* css pixels between the margins of A4 and Letter, at the print's zoom */
  const LOW = 450; /* css pixels: on paper figures are low, so that two share a sheet */
  const { CONFIG, fitted, heightOf } = nmtFigures(
    JSON.parse(document.getElementById("roles").textContent)
  );
  const figures = [...document.querySelectorAll(".plot")].map((place) => ({
    place,
    source: JSON.parse(place.nextElementSibling.textContent),
  }));
  const near = new Set();
  let isDrawing = false;
  let isPrinting = false;

  const isDrawn = ({ place }) => "width" in place.dataset;
  const drawAll = () => {
    figures.forEach(draw);
    root.dataset.drawn = figures.length;
  };
  const repaint = () => figures.filter(isDrawn).forEach(draw);

  function draw({ place, source }) {
    const width = isPrinting ? PRINTED : place.clientWidth;
    const { data, layout } = fitted(source, root, width);
    if (isPrinting) layout.height = heightOnPaper(layout);
    place.dataset.width = width;
    place.style.minHeight = `${layout.height}px`;
    return Plotly.react(place, data, layout, CONFIG);
  }

  function heightOnPaper({ height, yaxis2 }) {
    return Math.round(yaxis2 ? 0.85 * height : Math.min(0.7 * height, LOW)); /* panels are low */
  }

  /* Holds the room of figures that are not drawn yet, so that nothing moves when they are. */
  function reserve() {
    const left = figures.filter((figure) => !isDrawn(figure));
    const widths = left.map(({ place }) => place.clientWidth);
    left.forEach(({ place, source }, at) => {
      place.style.minHeight = `${heightOf(source, widths[at])}px`;
    });
  }

  function watch() {
    const watched = new Map(figures.map((figure) => [figure.place, figure]));
    const observer = new IntersectionObserver(
      (changes) => {
        for (const { target, isIntersecting } of changes) {
          near[isIntersecting ? "add" : "delete"](watched.get(target));
        }
        drawNear();
      },
      { rootMargin: NEAR }
    );
    figures.forEach(({ place }) => observer.observe(place));
  }

  /* How far a figure is from what the reader sees, in pixels; 0 on the screen. */
  function distance({ place }) {
    const { top, bottom } = place.getBoundingClientRect();
    return Math.max(0, top - innerHeight, -bottom);
  }

  /* The nearest comes first, with a rest after each, so that the page can be used meanwhile. */
  async function drawNear() {
    if (isDrawing) return;
    isDrawing = true;
    for (let left = undrawn(); left.length && !isPrinting; left = undrawn()) {
      await draw(left[0]);
      await new Promise((rested) => setTimeout(rested));
    }
    isDrawing = false;
    root.dataset.drawn = figures.filter(isDrawn).length;
  }

  function undrawn() {
    const left = [...near].filter((figure) => !isDrawn(figure));
    return left.sort((one, other) => distance(one) - distance(other));
  }

  let waiting = 0;
  const refit = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      if (isPrinting) return;
      reserve();
      const drawn = figures.filter(isDrawn);
      drawn.filter(({ place }) => +place.dataset.width !== place.clientWidth).forEach(draw);
    });
  };

  const opened = new Set();
  function prepareForPaper() {
    if (isPrinting) return;
    isPrinting = true;
    root.dataset.theme = "light";
    for (const note of document.querySelectorAll("details.note:not([open])")) {
      note.open = true;
      opened.add(note);
    }
    drawAll();
  }
  function returnToScreen() {
    if (!isPrinting) return;
    isPrinting = false;
    delete root.dataset.theme;
    for (const note of opened) note.open = false;
    opened.clear();
    drawAll();
  }

  reserve();
  document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" });
  addEventListener("DOMContentLoaded", () => {
    addEventListener("resize", refit);
    addEventListener("beforeprint", prepareForPaper);
    addEventListener("afterprint", returnToScreen);
    matchMedia("print").addEventListener("change", ({ matches }) =>
      matches ? prepareForPaper() : returnToScreen()
    );
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    watch();
  });
})();
