// What assistive technology would stumble over: missing names, labels, landmarks, scopes; headings out of order.
(() => {
  const bad = [], say = (what, e) => bad.push(what + ': ' + (e.outerHTML ?? e).slice(0, 80));
  const name = e => (e.getAttribute('aria-label') || (e.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean)
    .map(id => document.getElementById(id)?.textContent ?? '').join(' ') || e.labels?.[0]?.textContent || e.textContent || '').trim();
  if (document.documentElement.lang !== 'en') say('language', document.documentElement);
  if (!document.title) say('title', document.head);
  if (document.querySelectorAll('main').length !== 1) say('one main', document.body);
  if (document.querySelectorAll('h1').length !== 1) say('one h1', document.body);
  let level = 0;
  for (const h of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    if (+h.tagName[1] > level + 1) say('heading skips a level', h);
    level = +h.tagName[1];
  }
  for (const e of document.querySelectorAll('a, button, input, select, nav, [role=region], [role=search], summary, svg.figure'))
    if (!name(e)) say('no name', e);
  for (const e of document.querySelectorAll('nav, section, [role=region]')) {
    const twins = [...document.querySelectorAll(e.tagName)].filter(o => name(o) === name(e) && o !== e && o.getAttribute('role') === e.getAttribute('role'));
    if (twins.length && !e.querySelector('a')) say('two of one name', e);
  }
  for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
    for (const id of (e.getAttribute('aria-labelledby') ?? e.getAttribute('aria-describedby')).split(' '))
      if (!document.getElementById(id)) say('label is missing', e);
  for (const e of document.querySelectorAll('th')) if (!e.scope) say('header without scope', e);
  for (const e of document.querySelectorAll('table')) if (!e.caption && !e.closest('[role=region]') && !e.closest('section[aria-labelledby]')) say('table without name', e);
  for (const e of document.querySelectorAll('.scroll')) if (e.tabIndex !== 0) say('cannot be scrolled by key', e);
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) say('id twice', id);
  return bad;
})()
