/* Draws the page's figures in the colours of its theme, fits them to the screen and to paper. */
(() => {
  "use strict";
  const root = document.documentElement;
  const NARROW = 560;
  const HEIGHT = 380;
  const PRINTED = 676; /* css pixels between the margins of A4 and Letter */
  const TALLEST = 640; /* leaves room on a sheet for the figure's words */
  const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false };

  /* The light value of each role, as "r,g,b", to the role's name. */
  const roles = new Map(
    Object.entries(JSON.parse(document.getElementById("roles").textContent)).map(
      ([name, light]) => [channels(light).join(), name]
    )
  );
  const figures = [...document.querySelectorAll(".plot")].map((place) => ({
    place,
    source: JSON.parse(place.nextElementSibling.textContent),
  }));
  let isPrinting = false;

  function channels(hex) {
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }

  /* A colour drawn with a role's light value becomes that role's value in the theme shown. */
  function repainter() {
    const shown = getComputedStyle(root);
    return function repaint(value) {
      if (Array.isArray(value)) return value.map(repaint);
      if (value !== null && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, repaint(each)]));
      }
      return typeof value === "string" ? repaintText(value, shown) : value;
    };
  }

  function repaintText(text, shown) {
    const rgba = /^rgba?\((\d+), ?(\d+), ?(\d+)(?:, ?([\d.]+))?\)$/.exec(text);
    const rgb = rgba ? rgba.slice(1, 4).map(Number) : /^#[0-9a-f]{6}$/i.test(text) && channels(text);
    const role = rgb && roles.get(rgb.join());
    if (!role) return text;
    const value = shown.getPropertyValue("--" + role.replaceAll("_", "-")).trim();
    return rgba && rgba[4] ? `rgba(${channels(value).join(", ")}, ${rgba[4]})` : value;
  }

  /* "xaxis.range" in layout.meta.narrow changes that one setting where the screen is narrow. */
  function change(layout, path, value) {
    const steps = path.split(".");
    const last = steps.pop();
    const target = steps.reduce((at, step) => (at[step] ??= {}), layout);
    target[last] = value;
  }

  function draw({ place, source }) {
    const { data, layout } = repainter()(source);
    const width = isPrinting ? PRINTED : place.clientWidth;
    const narrow = layout.meta && layout.meta.narrow;
    if (narrow && width < NARROW) {
      for (const [path, value] of Object.entries(narrow)) change(layout, path, value);
    }
    Object.assign(layout, { width, autosize: false, dragmode: false });
    layout.height ??= HEIGHT;
    const share = layout.yaxis2 ? 1 : 0.8; /* panels have no height to spare */
    if (isPrinting) layout.height = Math.min(Math.round(share * layout.height), TALLEST);
    for (const name of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(name)) layout[name].fixedrange = true;
    }
    place.dataset.width = width;
    place.style.minHeight = `${layout.height}px`;
    return Plotly.react(place, data, layout, CONFIG);
  }

  const drawAll = () => Promise.all(figures.map(draw));

  /* Holds each figure's room open, so that nothing moves when it is drawn. */
  function reserve({ place, source: { layout } }) {
    const narrow = place.clientWidth < NARROW && layout.meta && layout.meta.narrow;
    place.style.minHeight = `${(narrow && narrow.height) || layout.height || HEIGHT}px`;
  }

  /* From the top, one at a time, so that the page can be read and used meanwhile. */
  async function drawInTurn() {
    figures.forEach(reserve);
    for (const figure of figures) {
      await draw(figure);
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
