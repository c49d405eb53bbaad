// What is wrong, in the reader's language; what a library or a browser says of it in its own words stands folded away below.

import { el } from './dom.js';
import { tr } from './words.js';

/** By the names of `cause.rs`. @param {{why: string, at?: number, found?: string}} cause @param {any} [election] of which the marks are @returns {string} */
export function cause({ why, at = 0, found = '' }, election) {
  // A place tells nothing where there are several contests, or another order on the screen.
  const who = election?.contests.length === 1 ? election.contests[0].candidates[at - 1] : undefined;
  switch (why) {
    case 'marks-count': return tr('It does not hold a mark for each candidate.', 'Оценок в нём не столько, сколько кандидатов.');
    case 'mark-not-on-scale': return who === undefined ? tr('One mark is “{found}”, which is not on the scale.', 'Одна из оценок — «{found}», такой на шкале нет.', { found })
      : tr('The mark of {who} is “{found}”, which is not on the scale.', 'Оценка «{found}» (кандидат: {who}): такой на шкале нет.', { who, found });
    case 'mark-blank': return who === undefined ? tr('A mark is missing, and here everybody must be marked.', 'Оценены не все, а здесь нужно оценить каждого.')
      : tr('The mark of {who} is missing, and here everybody must be marked.', 'Оценка не поставлена (кандидат: {who}), а здесь нужно оценить каждого.', { who });
    case 'marks-not-single': return tr('Exactly one can be chosen; here are {found}.', 'Выбрать нужно ровно одного, здесь выбрано {found}.', { found });
    case 'marks-approvals': return tr('Another number can be approved; here are {found}.', 'Одобрить можно другое число кандидатов, здесь одобрено {found}.', { found });
    case 'violation-order': return tr('The server sent what does not come next.', 'Сервер прислал не то, что следует по порядку.');
    case 'violation-envelope': return tr('The server’s message does not open, or the server has not signed it.', 'Сообщение сервера не расшифровывается или подписано не им.');
    case 'violation-field': return tr('The server’s message is not of this session.', 'Сообщение сервера не из этого сеанса.');
    case 'violation-receipt': return tr('The server’s receipt does not prove that a ballot is in the log.', 'Квитанция сервера не доказывает, что бюллетень в журнале.');
    case 'violation-fork': return tr('The server shows two logs that contradict each other.', 'Сервер показывает два журнала, которые противоречат друг другу.');
    case 'violation-other-entry': return tr('The server confirmed another ballot than the one that was sent.', 'Сервер подтвердил не тот бюллетень, который был отправлен.');
    case 'violation-too-long': return tr('The page has made a message that is longer than this election takes. That is a fault of the program, not yours.', 'Страница составила сообщение длиннее, чем принимают эти выборы. Это ошибка программы, а не ваша.');
    case 'challenge-form': return tr('It is damaged or not whole, or another program wrote it.', 'Он повреждён или неполон, или его записала другая программа.');
    case 'challenge-signed': return tr('The ballot in it is signed. It may have been cast, and such a ballot is not opened.', 'Бюллетень в нём подписан. Он мог быть подан, а такие не вскрывают.');
    case 'challenge-other-election': return tr('The ballot in it belongs to another election.', 'Бюллетень в нём с других выборов.');
    case 'challenge-marks': return tr('The marks that it names do not fit this election.', 'Названные в нём оценки не подходят к этим выборам.');
    case 'challenge-proof': return tr('The ballot in it does not prove that it is valid.', 'Бюллетень в нём не доказывает, что заполнен по правилам.');
    case 'challenge-entry': return tr('What stands in it is no ballot of this election.', 'То, что в нём стоит, не бюллетень этих выборов.');
    case 'challenge-code': return tr('The code of its ballot is {found}, and it names another.', 'Код его бюллетеня — {found}, а назван в нём другой.', { found });
    case 'challenge-row': return tr('Of the marks that it names, one at least is not the one in the ballot.', 'Хотя бы одна из названных в нём оценок — не та, что в бюллетене.');
    default: return '';
  }
}

/** What a voter need not read. @param {...import('./dom.js').Child} content */
export const forOrganiser = (...content) => el('details', {}, el('summary', {}, tr('For the organiser', 'Для организатора')), ...content);

/** Words that nobody has translated. @param {string} text */
export const technical = (text) => forOrganiser(el('p', { class: 'small', lang: 'en', translate: 'no' }, text));

/** For whoever has the program too. @param {string} command */
export const byProgram = (command) => el('details', {}, el('summary', {}, tr('By program, on a computer', 'Через программу на компьютере')), el('p', {}, el('code', { translate: 'no' }, command)));
