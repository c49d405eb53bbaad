//! Columns that programs write beside the answers, by their names without spaces and signs.

/// They are no candidates.
const CERTAIN: [&str; 46] = [
    "ballotid",
    "id",
    "voterid",
    "votetime",
    "pollid",
    "precinct",
    "timestamp",
    "datetime",
    "email",
    "emailaddress",
    "username",
    "respondent",
    "respondentid",
    "responseid",
    "collectorid",
    "submitdate",
    "lastpage",
    "startlanguage",
    "seed",
    "startdate",
    "enddate",
    "datestamp",
    "starttime",
    "completiontime",
    "lastmodifiedtime",
    "ipaddr",
    "ipaddress",
    "refurl",
    "отметкавремени",
    "ид",
    "времяначала",
    "времязавершения",
    "времяпоследнегоизменения",
    "электроннаяпочта",
    "адресэлектроннойпочты",
    "zeitstempel",
    "horodateur",
    "emailadresse",
    "startzeit",
    "fertigstellungszeit",
    "zeitpunktderletztenänderung",
    "heurededébut",
    "heuredefin",
    "heuredeladernièremodification",
    "adressedemessagerie",
    "adresseemail",
];
/// Nor are these, unless all that stands in them are scores: people vote on times and names too.
const LIKELY: [&str; 17] = [
    "time",
    "date",
    "name",
    "number",
    "language",
    "voter",
    "ballot",
    "имя",
    "дата",
    "время",
    "участок",
    "номер",
    "избиратель",
    "бюллетень",
    "язык",
    "nummer",
    "nom",
];

/// Of these the ones that may number the lines.
const NUMBERS: [&str; 5] = ["number", "ballot", "номер", "бюллетень", "nummer"];

pub fn is_certain(plain: &str) -> bool {
    CERTAIN.contains(&plain)
}

pub fn is_likely(plain: &str) -> bool {
    LIKELY.contains(&plain)
}

pub fn is_number(plain: &str) -> bool {
    NUMBERS.contains(&plain)
}
