// The first script of both pages, in words that every browser reads: takes the card out of the address before anything else can fail,
// and says so where the rest cannot run. Spec: docs/spec/booth.md section 3.
(function () {
  'use strict';

  var page = /** @type {any} */ (window);
  // What stood behind the #, until main.js takes it; and whether what follows can run here.
  page.booth = { fragment: location.hash.slice(1), fits: true, begun: false };
  if (location.hash) history.replaceState(null, '', location.pathname + location.search);

  /** @param {string} lang @param {string} title @param {string} text */
  function said(lang, title, text) {
    var part = document.createElement('div');
    part.lang = lang;
    part.appendChild(document.createElement('h2')).textContent = title;
    part.appendChild(document.createElement('p')).textContent = text;
    return part;
  }

  /** @param {Event} [event] */
  function unfit(event) {
    var main = document.getElementById('main');
    if (page.booth.begun || !page.booth.fits || !main) return;
    page.booth.fits = false;
    page.booth.fragment = '';
    main.textContent = '';
    main.appendChild(document.createElement('h1')).textContent = 'Veche';
    if (event && event.target !== window) {
      main.appendChild(said('en', 'This page did not load whole', 'Open it again in a minute: by your link (from the letter, or scan the card), if you came by one, since that stands in the address no more. Your card was not used.'));
      main.appendChild(said('ru', 'Страница загрузилась не полностью', 'Откройте её снова через минуту. Если вы пришли по ссылке, то опять по ней (из письма или отсканировав карточку): в адресе её больше нет. Карточка не использована.'));
      return;
    }
    main.appendChild(said('en', 'This browser cannot run this page', 'It is too old, or it has WebAssembly switched off (as in the Lockdown Mode of an iPhone). Your card was not used. Take another browser or device.'));
    main.appendChild(said('ru', 'Этот браузер не может открыть эту страницу', 'Он слишком старый, или в нём выключен WebAssembly (так в режиме блокировки iPhone). Карточка не использована. Возьмите другой браузер или другое устройство.'));
  }

  // A script of ours that does not come, or that this browser cannot even read.
  addEventListener('error', unfit, true);
  if (!('noModule' in document.createElement('script')) || typeof WebAssembly !== 'object' || !WebAssembly.compileStreaming) unfit();
})();
