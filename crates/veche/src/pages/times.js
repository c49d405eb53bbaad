// Times in the zone of whoever reads; what the server wrote, in UTC, is kept as a title.
"use strict";
const language = document.documentElement.lang === "ru" ? "ru" : "en-GB";
const format = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
const zone = format.resolvedOptions().timeZone;
const two = (number) => String(Math.trunc(number)).padStart(2, "0");
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  const ahead = -at.getTimezoneOffset();
  const offset = `UTC${ahead < 0 ? "−" : "+"}${two(Math.abs(ahead) / 60)}:${two(Math.abs(ahead) % 60)}`;
  time.title = time.textContent;
  time.textContent = `${format.format(at)} (${offset}, ${zone})`;
}
