/* Draws the page's figures in the colours of its theme, fits them to the screen and to paper. */
(() => {
  "use strict";
  const root = document.documentElement;
  const WORK = 80; /* milliseconds of drawing before the page may answer its reader */
  const PRINTED = 786; /* css pixels between the margins of A4 and Letter, at the print's zoom */
  const LOW = 450; /* css pixels: on paper figures are low, so that two share a sheet */
  const { CONFIG, fitted, heightOf } = nmtFigures(
    JSON.parse(document.getElementById("roles").textContent)
  );
  const figures = [...document.querySelectorAll(".plot")].map((place) => ({
    place,
    source: JSON.parse(place.nextElementSibling.textContent),
  }));
  let isPrinting = false;

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

  const drawAll = () => Promise.all(figures.map(draw));

  /* Holds each figure's room open, so that nothing moves when it is drawn. */
  function reserve({ place, source }) {
    place.style.minHeight = `${heightOf(source, place.clientWidth)}px`;
  }

  /* How far a figure is from what the reader sees, in pixels; 0 on the screen. */
  function distance({ place }) {
    const { top, bottom } = place.getBoundingClientRect();
    return Math.max(0, top - innerHeight, -bottom);
  }

  /* What the reader looks at comes first, with rests between, so that the page can be used. */
  async function drawInTurn() {
    figures.forEach(reserve);
    document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" });
    const left = new Set(figures);
    while (left.size) {
      const nearest = [...left]
        .map((figure) => ({ figure, away: distance(figure) }))
        .sort((one, other) => one.away - other.away);
      const rested = performance.now();
      for (const { figure } of nearest) {
        if (!isPrinting) await draw(figure); /* else all of them are drawn already */
        left.delete(figure);
        if (performance.now() - rested > WORK) break;
      }
      await new Promise((done) => setTimeout(done));
    }
    root.dataset.drawn = figures.length;
  }

  let waiting = 0;
  const refit = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      if (isPrinting) return;
      figures.filter(({ place }) => +place.dataset.width !== place.clientWidth).forEach(draw);
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

  addEventListener("resize", refit);
  addEventListener("beforeprint", prepareForPaper);
  addEventListener("afterprint", returnToScreen);
  matchMedia("print").addEventListener("change", ({ matches }) =>
    matches ? prepareForPaper() : returnToScreen()
  );
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  drawInTurn();
})();
