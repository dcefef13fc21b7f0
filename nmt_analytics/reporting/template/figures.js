/* One figure in the colours and the width of where it stands: for pages and for JupyterLab. */
function nmtFigures(lightColours) {
  "use strict";
  const NARROW = 560;
  const HEIGHT = 380;
  const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false };

  /* The light value of each role, as "r,g,b", to the role's name. */
  const roles = new Map(
    Object.entries(lightColours).map(([name, light]) => [channels(light).join(), name])
  );

  function channels(hex) {
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }

  /* A colour drawn with a role's light value becomes that role's value in the theme shown. */
  function repainted(value, shown) {
    if (Array.isArray(value)) return value.map((each) => repainted(each, shown));
    if (value !== null && typeof value === "object") {
      const entries = Object.entries(value).map(([key, each]) => [key, repainted(each, shown)]);
      return Object.fromEntries(entries);
    }
    return typeof value === "string" ? repaintedText(value, shown) : value;
  }

  function repaintedText(text, shown) {
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

  /* The figure as it is drawn in `width` pixels, with the colours that the element shows. */
  function fitted(source, element, width) {
    const { data, layout } = repainted(source, getComputedStyle(element));
    const narrow = layout.meta && layout.meta.narrow;
    if (narrow && width < NARROW) {
      for (const [path, value] of Object.entries(narrow)) change(layout, path, value);
    }
    Object.assign(layout, { width, autosize: false, dragmode: false });
    layout.height ??= HEIGHT;
    for (const name of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(name)) layout[name].fixedrange = true;
    }
    return { data, layout };
  }

  /* The height that a figure will take, before it is drawn. */
  function heightOf({ layout }, width) {
    const narrow = width < NARROW && layout.meta && layout.meta.narrow;
    return (narrow && narrow.height) || layout.height || HEIGHT;
  }

  return { CONFIG, fitted, heightOf };
}
