// Times in the zone of whoever reads; what the server wrote, in UTC, is kept as a title.
"use strict";
const language = document.documentElement.lang === "ru" ? "ru" : "en-GB";
const format = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
// Zones are named in English everywhere else. Of Russian names browsers have the long ones; where one is missing, the offset says enough.
const russian = language === "ru" ? new Intl.DateTimeFormat("ru", { timeZoneName: "longGeneric" }) : null;
const named = (at) => (russian ? russian.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value : format.resolvedOptions().timeZone);
const two = (number) => String(Math.trunc(number)).padStart(2, "0");
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  const ahead = -at.getTimezoneOffset();
  const offset = ahead === 0 ? "UTC" : `UTC${ahead < 0 ? "−" : "+"}${two(Math.abs(ahead) / 60)}:${two(Math.abs(ahead) % 60)}`;
  const zone = named(at);
  time.title = time.textContent;
  // What the offset says already is not said again.
  time.textContent = `${format.format(at)} (${!zone || (russian ? /[a-z]/i : /^(Etc\/)?(UTC|GMT)/).test(zone) ? offset : `${offset}, ${zone}`})`;
}
