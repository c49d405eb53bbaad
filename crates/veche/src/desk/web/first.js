// The first script, in words that every browser reads: takes the one-time word out of the address before anything else can fail, and says
// so where the rest cannot run.
(function () {
  'use strict';

  var page = /** @type {any} */ (window);
  // What stands behind the # at the first address; ways within the pages begin with a slash.
  var nonce = /^#([^/].*)$/.exec(location.hash);
  page.desk = { nonce: nonce ? nonce[1] : '', begun: false };
  if (nonce) history.replaceState(null, '', location.pathname + '#/');

  /** @param {string} lang @param {string} text */
  function said(lang, text) {
    var part = document.createElement('p');
    part.lang = lang;
    part.textContent = text;
    return part;
  }

  addEventListener('error', function () {
    var main = document.getElementById('main');
    if (page.desk.begun || !main) return;
    page.desk.begun = true;
    main.textContent = '';
    main.appendChild(document.createElement('h1')).textContent = 'Veche';
    main.appendChild(said('en', 'This page did not load whole, or this browser is too old for it. Reload it; if that does not help, take a current Firefox, Chrome, Edge or Safari.'));
    main.appendChild(said('ru', 'Страница загрузилась не полностью, или браузер для неё слишком старый. Перезагрузите её; если не поможет, откройте её в новом Firefox, Chrome, Edge или Safari.'));
  }, true);
})();
