// Texts whose contrast with what lies behind them is below 4.5, as [tag, class, text, ratio].
(() => {
  const channels = text => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [.2126, .7152, .0722][k], 0);
  const over = (top, below) => { const a = top[3] ?? 1; return [0, 1, 2].map(k => a * top[k] + (1 - a) * below[k]); };
  const behind = e => { const stack = []; for (; e; e = e.parentElement) stack.push(channels(getComputedStyle(e).backgroundColor));
    return stack.reverse().reduce((found, layer) => over(layer, found), [255, 255, 255]); };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || ['STYLE', 'SCRIPT', 'style', 'title', 'desc'].includes(e.tagName) || e.closest('title, desc')) continue;
    const style = getComputedStyle(e), ground = behind(e instanceof SVGElement ? e.closest('svg').parentElement : e);
    const ink = over(channels(e instanceof SVGElement ? style.fill : style.color), ground);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) poor.push([e.tagName, e.className.baseVal ?? e.className, e.textContent.trim().slice(0, 30), +ratio.toFixed(2)]);
  }
  return poor;
})()
