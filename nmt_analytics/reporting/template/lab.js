/* Shows answers in JupyterLab: each in a room of its own (a shadow root), in Lab's theme. */
(() => {
  "use strict";
  const lab = (window.nmtAnalytics ??= { waiting: [] });
  if (lab.show) return; /* another notebook in this window has brought it */
  const { CONFIG, fitted, heightOf } = nmtFigures(NMT.roles);
  const style = new CSSStyleSheet();
  style.replaceSync(NMT.style);
  const plotlyStyle = new CSSStyleSheet();
  const shown = new Set();

  const isDark = () =>
    document.body.dataset.jpThemeLight === "false" ||
    /dark/.test(document.body.dataset.vscodeThemeKind || "");

  function takeTheme(host) {
    host.dataset.theme = isDark() ? "dark" : "light";
  }

  /* Plotly writes its rules into the document's head, which a shadow root does not see. */
  function takePlotlyStyle() {
    const sheets = [...document.querySelectorAll('style[id^="plotly.js-style"]')];
    const rules = sheets.flatMap(({ sheet }) => [...sheet.cssRules].map((rule) => rule.cssText));
    if (rules.length > plotlyStyle.cssRules.length) plotlyStyle.replaceSync(rules.join(""));
  }

  function draw(host) {
    for (const place of host.shadowRoot.querySelectorAll(".plot")) {
      if (!place.clientWidth) continue; /* not on the screen yet: it is drawn when it comes */
      const source = JSON.parse(place.nextElementSibling.textContent);
      const { data, layout } = fitted(source, host, place.clientWidth);
      place.style.minHeight = `${layout.height}px`;
      NMT.Plotly.react(place, data, layout, CONFIG);
      takePlotlyStyle();
      place.dataset.drawn = place.clientWidth;
    }
  }

  function show(host) {
    const room = host.attachShadow({ mode: "open" });
    room.adoptedStyleSheets = [style, plotlyStyle];
    room.append(...host.childNodes);
    takeTheme(host);
    for (const place of room.querySelectorAll(".plot")) {
      const source = JSON.parse(place.nextElementSibling.textContent);
      place.style.minHeight = `${heightOf(source, host.clientWidth || 800)}px`;
    }
    shown.forEach((each) => each.isConnected || shown.delete(each));
    let width = -1;
    new ResizeObserver(() => {
      if (host.clientWidth === width) return;
      width = host.clientWidth;
      shown.add(host);
      takeTheme(host);
      draw(host);
    }).observe(host);
  }

  /* While Lab changes its theme nothing has a width for a moment. */
  function repaintAll(tries) {
    const hosts = [...shown].filter((host) => host.isConnected);
    hosts.forEach(takeTheme);
    if (hosts.some((host) => !host.clientWidth) && tries) {
      setTimeout(repaintAll, 50, tries - 1);
    } else {
      hosts.forEach(draw);
    }
  }

  new MutationObserver(() => repaintAll(40)).observe(document.body, {
    attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"],
  });

  lab.show = show;
  lab.waiting.splice(0).forEach(show);
})();
