// Russian and English, side by side where they are used.

/** The first that is spoken here: what was chosen on the page that led here, else what the browser asks for. */
const asked = [new URLSearchParams(location.search).get('lang') ?? '', ...(navigator.languages ?? [navigator.language])].find((tag) => /^(ru|en)\b/i.test(tag));

/** @type {'en' | 'ru'} */
let language = asked?.toLowerCase().startsWith('ru') ? 'ru' : 'en';

export const current = () => language;

/** @param {'en' | 'ru'} chosen */
export function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
}

/** Whose browser asks for neither is spoken to as the election's pages speak. @param {string} title */
export function speakAsTitled(title) {
  if (asked === undefined) speak(/[а-яё]/i.test(title) ? 'ru' : 'en');
}

/**
 * `tr('English {x}', 'По-русски {x}', { x })`
 * @param {string} english @param {string} russian @param {Object<string, string | number>} [values]
 */
export function tr(english, russian, values = {}) {
  const text = language === 'ru' ? russian : english;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Russian nouns go by the number before them: 1 голос, 2 голоса, 5 голосов. @param {number} n @param {string[]} forms */
export function plural(n, [one, few, many]) {
  if (n % 100 >= 11 && n % 100 <= 14) return many;
  if (n % 10 === 1) return one;
  return n % 10 >= 2 && n % 10 <= 4 ? few : many;
}

/** A time in the voter's own zone, with its offset and, where that says more, its name, as the election's pages have it. @param {number} seconds */
export function localTime(seconds) {
  const at = new Date(seconds * 1000);
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });
  const ahead = -at.getTimezoneOffset();
  const two = (/** @type {number} */ number) => String(Math.trunc(number)).padStart(2, '0');
  const offset = ahead === 0 ? 'UTC' : `UTC${ahead < 0 ? '−' : '+'}${two(Math.abs(ahead) / 60)}:${two(Math.abs(ahead) % 60)}`;
  // Zones are named in English everywhere else. Of Russian names browsers have the long ones; where one is missing, the offset says enough.
  const zone = language === 'ru' ? new Intl.DateTimeFormat(locale, { timeZoneName: 'longGeneric' }).formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value
    : format.resolvedOptions().timeZone;
  return `${format.format(at)} (${!zone || (language === 'ru' ? /[a-z]/i : /^(Etc\/)?(UTC|GMT)/).test(zone) ? offset : `${offset}, ${zone}`})`;
}

/** @param {any} contest @returns {{worst: string, best: string}} */
export function ends({ levels, better }) {
  const [low, high] = [levels[0], levels[levels.length - 1]];
  return better === 'higher' ? { worst: low, best: high } : { worst: high, best: low };
}

/** Does a ballot approve of some, and leave the rest? @param {any} contest */
export const isApproval = ({ kind, levels, blank, better }) =>
  kind !== 'single' && levels.join() === '0,1' && !blank && better === 'higher';

/** What the voter is to do. @param {any} contest */
export function task(contest) {
  const bounds = contest.approvals;
  if (contest.kind === 'single') return tr('Choose one.', 'Выберите один вариант.');
  if (isApproval(contest)) {
    if (!bounds) return tr('Mark everybody whom you approve of.', 'Отметьте всех, кого одобряете.');
    const { least, most } = bounds;
    const noun = plural(most, ['кандидата', 'кандидатов', 'кандидатов']);
    const candidates = most === 1 ? 'candidate' : 'candidates';
    if (least === most) return tr('Mark exactly {most} {candidates}.', 'Отметьте ровно {most} {noun}.', { most, noun, candidates });
    if (least === 0) return tr('Mark at most {most} {candidates}.', 'Отметьте не больше {most} {noun}.', { most, noun, candidates });
    return tr('Mark {least} to {most} {candidates}.', 'Отметьте от {least} до {most} {noun}.', { least, most, noun, candidates });
  }
  const { worst, best } = ends(contest);
  return tr('Give each candidate a mark: {worst} is the worst, {best} the best.', 'Оцените каждого: {worst} — хуже всего, {best} — лучше всего.',
    { worst, best });
}

/** How candidates are ordered (docs/spec/results.md section 4). @param {any} contest */
function method(contest) {
  const higher = contest.better === 'higher';
  const lower = higher ? '' : tr('Lower is better. ', 'Чем меньше, тем лучше. ');
  if (contest.kind === 'single') {
    return higher ? tr('Whoever is chosen most often comes first.', 'Первым будет тот, кого выбрали чаще.')
      : tr('Whoever is chosen least often comes first.', 'Первым будет тот, кого выбрали реже.');
  }
  switch (contest.rule.method) {
    case 'sum':
      if (isApproval(contest)) return tr('Whoever is approved most often comes first.', 'Первым будет тот, кого одобрили чаще.');
      return lower + (higher ? tr('The marks are added up; the largest sum comes first.', 'Оценки складываются; первым будет тот, у кого сумма больше.')
        : tr('The marks are added up; the smallest sum comes first.', 'Оценки складываются; первым будет тот, у кого сумма меньше.'));
    case 'mean':
      return lower + (higher ? tr('The mean of the marks decides; the largest comes first.', 'Решает средняя оценка: первым будет тот, у кого она выше.')
        : tr('The mean of the marks decides; the smallest comes first.', 'Решает средняя оценка: первым будет тот, у кого она ниже.'));
    case 'median':
      return lower + tr('The median decides: the middle one of a candidate’s marks.', 'Решает медиана: средняя по порядку оценка кандидата.');
    default:
      return lower + tr('Majority judgment: the middle one of a candidate’s marks decides.', 'Суждение большинства: решает средняя по порядку оценка кандидата.');
  }
}

/** What a blank does. @param {any} contest */
function blanks(contest) {
  if (!contest.blank) return '';
  const worst = ends(contest).worst;
  if (contest.kind === 'single') {
    return contest.rule.blanks === 'worst' ? tr('“No opinion” counts as a ballot for nobody.', '«Нет мнения» считается бюллетенем ни за кого.')
      : tr('“No opinion” adds nothing.', '«Нет мнения» ничего не прибавляет.');
  }
  if (contest.rule.blanks === 'worst') return tr('“No opinion” counts as the worst mark, {worst}.', '«Нет мнения» считается худшей оценкой, {worst}.', { worst });
  if (contest.rule.method === 'sum') return tr('“No opinion” adds nothing.', '«Нет мнения» ничего не прибавляет.');
  return tr('“No opinion” does not count: only marks that were given do.', '«Нет мнения» не считается: в счёт идут только поставленные оценки.');
}

/** Marks that are no numbers. @param {any} contest */
const hasNames = ({ levels }) => levels.some((/** @type {string} */ level) => Number.isNaN(Number(level)));

/** What such marks count where numbers decide. @param {any} contest */
function counts({ levels, rule: { method } }) {
  if (method === 'majority-judgment' || !hasNames({ levels })) return '';
  return tr('The marks count as {levels}.', 'Оценки считаются так: {levels}.', { levels: levels.map((/** @type {string} */ level, /** @type {number} */ i) => `${level} = ${i}`).join(', ') });
}

/** A quota is a weight, or a part of all; with `>` before it, that much is not enough (docs/spec/manifest.md section 2).
 *  @param {string} quota @param {number} unit of weight, in a vote */
function least(quota, unit) {
  const [strict, part, amount] = [quota.startsWith('>'), quota.includes('/'), quota.replace('>', '')];
  const votes = part || unit === 1 ? amount : String(Number(amount) / unit);
  return { strict, part, amount: current() === 'ru' ? votes.replace('.', ',') : votes };
}

/** Who is rated by too few. @param {string} quota @param {any} contest */
function raters(quota, { weighs, unit = 1 }) {
  const { strict, amount, part } = least(quota, unit);
  if (weighs && part) {
    return strict ? tr('Whoever is not rated by ballots of more than {amount} of all weight gets no place.', 'Если вес бюллетеней с оценкой кандидата не больше {amount} веса всех, места он не получает.', { amount })
      : tr('Whoever is rated by ballots of less than {amount} of all weight gets no place.', 'Если вес бюллетеней с оценкой кандидата меньше {amount} веса всех, места он не получает.', { amount });
  }
  if (weighs) {
    return strict ? tr('Whoever is not rated by ballots of more weight than {amount} gets no place.', 'Если вес бюллетеней с оценкой кандидата не больше {amount}, места он не получает.', { amount })
      : tr('Whoever is rated by ballots of less weight than {amount} gets no place.', 'Если вес бюллетеней с оценкой кандидата меньше {amount}, места он не получает.', { amount });
  }
  if (part) {
    return strict ? tr('Whoever is not rated by more than {amount} of the ballots gets no place.', 'Кого оценили не больше чем в {amount} бюллетеней, тот места не получает.', { amount })
      : tr('Whoever is rated by fewer than {amount} of the ballots gets no place.', 'Кого оценили меньше чем в {amount} бюллетеней, тот места не получает.', { amount });
  }
  return strict ? tr('Whoever is not rated by more than {amount} gets no place.', 'У кого оценивших не больше {amount}, тот места не получает.', { amount })
    : tr('Whoever is rated by fewer than {amount} gets no place.', 'У кого оценивших меньше {amount}, тот места не получает.', { amount });
}

/** Too few ballots. @param {string} quota @param {any} contest */
function turnout(quota, { weighs, unit = 1 }) {
  const { strict, amount, part } = least(quota, unit);
  if (weighs && part) {
    return strict ? tr('Nobody is elected unless more than {amount} of the weight of the roll votes.', 'Если вес проголосовавших не больше {amount} веса списка, никто не избран.', { amount })
      : tr('Nobody is elected unless at least {amount} of the weight of the roll votes.', 'Если вес проголосовавших меньше {amount} веса списка, никто не избран.', { amount });
  }
  if (weighs) {
    return strict ? tr('Nobody is elected unless the ballots weigh more than {amount}.', 'Если вес бюллетеней не больше {amount}, никто не избран.', { amount })
      : tr('Nobody is elected if the ballots weigh less than {amount}.', 'Если вес бюллетеней меньше {amount}, никто не избран.', { amount });
  }
  if (part) {
    return strict ? tr('Nobody is elected unless more than {amount} of the roll votes.', 'Если проголосует не больше {amount} списка, никто не избран.', { amount })
      : tr('Nobody is elected unless at least {amount} of the roll votes.', 'Если проголосует меньше {amount} списка, никто не избран.', { amount });
  }
  return strict ? tr('Nobody is elected unless there are more ballots than {amount}.', 'Если бюллетеней не больше {amount}, никто не избран.', { amount })
    : tr('Nobody is elected if there are fewer ballots than {amount}.', 'Если бюллетеней меньше {amount}, никто не избран.', { amount });
}

/** What is compared with a threshold. @param {any} contest */
function figure(contest) {
  switch (contest.rule.method) {
    case 'sum': return contest.levels.join() === '0,1' && contest.better === 'higher' ? tr('votes', 'голоса') : tr('sum', 'сумма');
    case 'mean': return contest.levels.join() === '0,1' ? tr('share', 'доля') : tr('mean', 'среднее');
    case 'median': return tr('median', 'медиана');
    default: return tr('grade', 'оценка большинства');
  }
}

/** What a result must reach; of named marks, the one that has this place on the scale. @param {any} contest @returns {string} */
function pass(contest) {
  const { levels, rule: { pass: bound, method } } = contest;
  const [, sign, equal, number] = /^([<>])(=?)(.*)$/.exec(bound) ?? [];
  const value = (method === 'majority-judgment' && hasNames({ levels }) && levels[Number(number)]) || number;
  const found = { value, figure: figure(contest) };
  if (sign === '>') {
    return equal ? tr('Whoever is elected needs at least {value} ({figure}).', 'Чтобы быть избранным, нужно не меньше {value} ({figure}).', found)
      : tr('Whoever is elected needs more than {value} ({figure}).', 'Чтобы быть избранным, нужно больше {value} ({figure}).', found);
  }
  return equal ? tr('Whoever is elected needs at most {value} ({figure}).', 'Чтобы быть избранным, нужно не больше {value} ({figure}).', found)
    : tr('Whoever is elected needs less than {value} ({figure}).', 'Чтобы быть избранным, нужно меньше {value} ({figure}).', found);
}

/** The rule in words, as far as it bears on what one marks. @param {any} contest @returns {string[]} */
export function rule(contest) {
  const { seats = 1, none, phantoms = 0 } = contest.rule;
  const said = [method(contest), counts(contest), blanks(contest)];
  if (phantoms > 0) {
    said.push(tr('To everybody who was rated, worst marks are added: {phantoms}.', 'Каждому, кого оценили, прибавляется худших оценок: {phantoms}.', { phantoms }));
  }
  if (contest.rule.raters) said.push(raters(contest.rule.raters, contest));
  if (contest.rule.turnout) said.push(turnout(contest.rule.turnout, contest));
  if (contest.rule.pass) said.push(pass(contest));
  if (none) said.push(tr('Only those who come before “{none}” can be elected.', 'Избраны могут быть только те, кто опередит кандидата «{none}».', { none }));
  said.push(seats === 1 ? tr('One is elected.', 'Избирается один.') : tr('Seats: {seats}.', 'Мест: {seats}.', { seats }));
  return said.filter(Boolean);
}

/** A level for people: its name, and for the ends what it means. @param {any} contest @param {number | null} level */
export function levelName(contest, level) {
  if (level === null) return tr('no opinion', 'нет мнения');
  if (contest.kind === 'single') return level === 1 ? tr('chosen', 'выбран') : tr('not chosen', 'не выбран');
  if (isApproval(contest)) return level === 1 ? tr('approved', 'одобрен') : tr('not approved', 'не одобрен');
  const name = contest.levels[level] ?? '';
  const end = endName(contest, name);
  return end ? `${name} (${end})` : name;
}

/** What the ends of a scale of numbers mean: which of them is the better one, is easily mistaken. @param {any} contest @param {string} level */
export function endName(contest, level) {
  const { worst, best } = ends(contest);
  if (hasNames(contest) || ![worst, best].includes(level)) return null;
  return level === best ? tr('best', 'лучшая') : tr('worst', 'худшая');
}

/** Why the server said «нет». @param {string} code */
export function refusal(code) {
  switch (code) {
    case 'not-authorised': return tr('This code does not go with this number, or the card was replaced. Compare both with your newest card or letter.', 'Этот код не подходит к этому номеру, или карточку заменили. Сверьте то и другое с последней карточкой или письмом.');
    case 'stale': return tr('You have voted before.', 'Вы уже голосовали раньше.');
    case 'already-voted': return tr('You have voted already, and this election allows no second vote.', 'Вы уже голосовали, а второй раз на этих выборах голосовать нельзя.');
    case 'not-open': return tr('Voting is not open now: it has not begun, or it is paused.', 'Голосование сейчас не открыто: ещё не началось или приостановлено.');
    case 'closed': return tr('Voting is closed.', 'Голосование закрыто.');
    case 'busy': return tr('The server cannot say now whether the ballot is recorded.', 'Сервер сейчас не может сказать, записан ли бюллетень.');
    case 'struck': return tr('You were struck from the roll: no ballot of yours counts. If that is a mistake, ask the organiser.', 'Вас вычеркнули из списка избирателей: ваши бюллетени не учитываются. Если это ошибка, обратитесь к организатору.');
    default: return tr('The server refused the ballot ({code}).', 'Сервер отверг бюллетень ({code}).', { code });
  }
}

/** No ballot is taken any more. @param {string | undefined} phase */
export const isOver = (phase) => ['closed', 'summed', 'finished', 'cancelled'].includes(phase ?? '');

/** Ballots are not taken yet, or not now. @param {string | undefined} phase */
export const isToCome = (phase) => ['new', 'setup', 'paused'].includes(phase ?? '');

/** Where an election stands. @param {string} phase */
export function phase(phase) {
  switch (phase) {
    case 'new': case 'setup': return tr('not open yet', 'ещё не открыто');
    case 'open': return tr('open', 'открыто');
    case 'paused': return tr('paused', 'приостановлено');
    case 'cancelled': return tr('cancelled', 'отменено');
    default: return tr('closed', 'закрыто');
  }
}

/** Whoever lost a link or card. */
export const lostCard = () =>
  tr('If you have lost your link or card, or somebody else has seen it, ask the organiser: they replace it, and the old one is void.',
    'Если ссылка или карточка потеряна или её видел кто-то ещё, обратитесь к организатору: он заменит её, а прежняя перестанет действовать.');
