// Russian and English, side by side where they are used.

/** The first that the browser asks for, and that is spoken here. */
const asked = (navigator.languages ?? [navigator.language]).find((tag) => /^(ru|en)\b/i.test(tag));

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

/** A time in the voter's own zone, which is named. @param {number} seconds */
export function localTime(seconds) {
  const format = new Intl.DateTimeFormat(language === 'ru' ? 'ru-RU' : 'en-GB', {
    weekday: 'short', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short',
  });
  return format.format(new Date(seconds * 1000));
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
  if (contest.kind === 'single') return tr('Choose one.', 'Выберите одного.');
  if (isApproval(contest)) {
    if (!bounds) return tr('Mark everybody whom you approve of.', 'Отметьте всех, кого одобряете.');
    const { least, most } = bounds;
    const noun = plural(most, ['кандидата', 'кандидатов', 'кандидатов']);
    if (least === most) return tr('Mark exactly {most}.', 'Отметьте ровно {most} {noun}.', { most, noun });
    if (least === 0) return tr('Mark {most} at most.', 'Отметьте не больше {most} {noun}.', { most, noun });
    return tr('Mark {least} to {most}.', 'Отметьте от {least} до {most} {noun}.', { least, most, noun });
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
    return higher ? tr('Whoever is chosen most often comes first.', 'Первым стоит тот, кого выбрали чаще.')
      : tr('Whoever is chosen least often comes first.', 'Первым стоит тот, кого выбрали реже.');
  }
  switch (contest.rule.method) {
    case 'sum':
      if (isApproval(contest)) return tr('Whoever is approved most often comes first.', 'Первым стоит тот, кого одобрили чаще.');
      return lower + (higher ? tr('The scores are added up; the largest sum comes first.', 'Оценки складываются; первым стоит тот, у кого сумма больше.')
        : tr('The scores are added up; the smallest sum comes first.', 'Оценки складываются; первым стоит тот, у кого сумма меньше.'));
    case 'mean':
      return lower + (higher ? tr('The mean of the scores decides; the largest comes first.', 'Решает среднее оценок; первым стоит тот, у кого оно больше.')
        : tr('The mean of the scores decides; the smallest comes first.', 'Решает среднее оценок; первым стоит тот, у кого оно меньше.'));
    case 'median':
      return lower + tr('The median decides: the middle one of a candidate\'s scores.', 'Решает медиана: средняя по порядку оценка кандидата.');
    default:
      return lower + tr('Majority judgment: the middle one of a candidate\'s grades decides.', 'Суждение большинства: решает средняя по порядку оценка кандидата.');
  }
}

/** What a blank does. @param {any} contest */
function blanks(contest) {
  if (!contest.blank) return '';
  const worst = ends(contest).worst;
  if (contest.kind === 'single') {
    return contest.rule.blanks === 'worst' ? tr('No opinion counts as a ballot for nobody.', '«Нет мнения» считается бюллетенем ни за кого.')
      : tr('No opinion adds nothing.', '«Нет мнения» ничего не прибавляет.');
  }
  if (contest.rule.blanks === 'worst') return tr('No opinion counts as the worst score, {worst}.', '«Нет мнения» считается худшей оценкой, {worst}.', { worst });
  if (contest.rule.method === 'sum') return tr('No opinion adds nothing.', '«Нет мнения» ничего не прибавляет.');
  return tr('No opinion does not count: only scores that were given do.', '«Нет мнения» не считается: в счёт идут только поставленные оценки.');
}

/** Grades that are no numbers. @param {any} contest */
export const hasNames = ({ levels }) => levels.some((/** @type {string} */ level) => Number.isNaN(Number(level)));

/** What grades count where numbers decide. @param {any} contest */
function counts({ levels, rule: { method } }) {
  if (method === 'majority-judgment' || !hasNames({ levels })) return '';
  return tr('The levels count as {levels}.', 'Ступени считаются так: {levels}.', { levels: levels.map((/** @type {string} */ level, /** @type {number} */ i) => `${level} = ${i}`).join(', ') });
}

/** A quota is a weight, or a part of all; with `>` before it, that much is not enough (docs/spec/manifest.md section 2).
 *  @param {string} quota */
const least = (quota) => ({ strict: quota.startsWith('>'), amount: quota.replace('>', ''), part: quota.includes('/') });

/** Who is rated by too few. @param {string} quota */
function raters(quota) {
  const { strict, amount, part } = least(quota);
  const of = part ? tr(' of the ballots', ' бюллетеней') : '';
  return strict ? tr('Whoever is not rated by more than {amount}{of} gets no place.', 'Кого оценили не больше чем {amount}{of}, тот места не получает.', { amount, of })
    : tr('Whoever is rated by less than {amount}{of} gets no place.', 'Кого оценили меньше чем {amount}{of}, тот места не получает.', { amount, of });
}

/** Too few ballots. @param {string} quota */
function turnout(quota) {
  const { strict, amount, part } = least(quota);
  const of = part ? tr(' of the roll', ' списка') : '';
  return strict ? tr('Unless the turnout is more than {amount}{of} nobody is elected.', 'Если явка не больше {amount}{of}, не избран никто.', { amount, of })
    : tr('With a turnout below {amount}{of} nobody is elected.', 'Если явка меньше {amount}{of}, не избран никто.', { amount, of });
}

/** What a score must reach; of grades, the one that has this place on the scale. @param {any} contest @returns {string} */
function pass({ levels, rule: { pass: bound, method } }) {
  const [, sign, equal, number] = /^([<>])(=?)(.*)$/.exec(bound) ?? [];
  const value = (method === 'majority-judgment' && hasNames({ levels }) && levels[Number(number)]) || number;
  if (sign === '>') {
    return equal ? tr('To be elected takes at least {value}.', 'Чтобы быть избранным, нужно не меньше {value}.', { value })
      : tr('To be elected takes more than {value}.', 'Чтобы быть избранным, нужно больше {value}.', { value });
  }
  return equal ? tr('To be elected takes at most {value}.', 'Чтобы быть избранным, нужно не больше {value}.', { value })
    : tr('To be elected takes less than {value}.', 'Чтобы быть избранным, нужно меньше {value}.', { value });
}

/** The rule in words, as far as it bears on what one marks. @param {any} contest @returns {string[]} */
export function rule(contest) {
  const { seats = 1, none, phantoms = 0 } = contest.rule;
  const said = [method(contest), counts(contest), blanks(contest)];
  if (phantoms > 0) {
    said.push(tr('To everybody who was rated, worst scores are added: {phantoms}.', 'Каждому, кого оценили, прибавляется худших оценок: {phantoms}.', { phantoms }));
  }
  if (contest.rule.raters) said.push(raters(contest.rule.raters));
  if (contest.rule.turnout) said.push(turnout(contest.rule.turnout));
  if (contest.rule.pass) said.push(pass(contest));
  if (none) said.push(tr('Whoever does not stand before “{none}” is not elected.', 'Кто не стоит впереди кандидата «{none}», тот не избран.', { none }));
  said.push(seats === 1 ? tr('One is elected.', 'Избирается один.') : tr('Seats: {seats}.', 'Мест: {seats}.', { seats }));
  return said.filter(Boolean);
}

/** A level for people: its name, and for the ends what it means. @param {any} contest @param {number | null} level */
export function levelName(contest, level) {
  if (level === null) return tr('no opinion', 'нет мнения');
  if (contest.kind === 'single') return level === 1 ? tr('chosen', 'выбран') : tr('not chosen', 'не выбран');
  if (isApproval(contest)) return level === 1 ? tr('approved', 'одобрен') : tr('not approved', 'не одобрен');
  return contest.levels[level] ?? '';
}

/** Why the server said «нет». @param {string} code */
export function refusal(code) {
  switch (code) {
    case 'not-authorised': return tr('This card does not belong to this number, or it was replaced by another.', 'Эта карточка не для этого номера или заменена другой.');
    case 'stale': return tr('You have voted before.', 'Вы уже голосовали раньше.');
    case 'already-voted': return tr('You have voted already, and this election allows no second vote.', 'Вы уже голосовали, а второй раз на этих выборах голосовать нельзя.');
    case 'not-open': return tr('Voting is not open now: it has not begun, or it is paused.', 'Голосование сейчас не открыто: ещё не началось или приостановлено.');
    case 'closed': return tr('Voting is closed.', 'Голосование закрыто.');
    case 'busy': return tr('The server cannot say now whether the ballot is recorded.', 'Сервер сейчас не может сказать, записан ли бюллетень.');
    case 'struck': return tr('Your place was struck from the roll: no ballot of yours counts.', 'Это место вычеркнуто из списка.');
    default: return tr('The server refused the ballot ({code}).', 'Сервер отверг бюллетень ({code}).', { code });
  }
}

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
