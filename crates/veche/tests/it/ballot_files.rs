//! `veche count`: every kind of file that people bring is either counted, with the right figures, or refused, with the reason.

use serde_json::Value;

use crate::commands::Folder;

enum Wanted {
    /// So many ballots, the candidates and their sums, contest by contest; and what was told.
    Counted(u64, &'static str, &'static str),
    /// What stands in the refusal.
    Refused(&'static [&'static str]),
}
use Wanted::{Counted, Refused};

struct Case {
    name: &'static str,
    file: &'static [u8],
    args: &'static [&'static str],
    wanted: Wanted,
}

const fn case(name: &'static str, file: &'static str, args: &'static [&'static str], wanted: Wanted) -> Case {
    Case { name, file: file.as_bytes(), args, wanted }
}

const STAR: &str = "voterID,voteTime,pollID,\"Loren Culp\",\"Tim Eyman\"\r\nz42,\"2020-07-16 17:40:30\",sw,2,3\r\n9xa,\"2020-07-16 18:26:45\",sw,0,\r\n";
const RANKS: &str = "Ballot ID,Reagan,Anderson,Carter\nb1,1,2,3\nb2,3,1,2\n";
const RAW: &str = "Board,weight,Anna,'+Boris\n1,2,5,\n2,1,0,3\nChair,weight,Dan\n1,2,-1\n2,1,1\n";
const ABIF: &str = "{\"title\": \"Capital\"}\n=m:[Memphis, TN]\n=n:[Nashville, TN]\n42:m/4,n/2\n26:n/4 # none for m\n";

const CASES: &[Case] = &[
    case(
        "scores",
        "Anna,Boris,Clara\n5,4,\n1,2,3\n0,3,5\n",
        &[],
        Counted(3, "Anna 6, Boris 9, Clara 8", "a table of scores"),
    ),
    case(
        "whole as pandas writes them",
        "Anna,Boris,Clara\n5.0,4.0,\n1.0,2.0,3.0\n",
        &[],
        Counted(2, "Anna 6, Boris 6, Clara 3", "scale 0..5"),
    ),
    case("halves", "Anna,Boris\n4.5,3\n1,2.5\n", &[], Counted(2, "Anna 11, Boris 11", "2 times as large")),
    case("decimal commas", "Anna;Boris\n4,5;3,5\n", &[], Counted(1, "Anna 9, Boris 7", "semicolons")),
    case(
        "counts that overflow",
        "=a:[A]\n=b:[B]\n18446744073709551615:a/1,b/2\n18446744073709551615:a/1,b/2\n",
        &[],
        Refused(&["more than 10,000,000 ballots"]),
    ),
    case("thirds", "A,B\n0.333,1\n", &[], Refused(&["not a score", "line 2, column 1 (A)", "0.333"])),
    case("around 0", "Anna,Boris\n-2,2\n1,-1\n", &[], Counted(2, "Anna -1, Boris 1", "scale -2..2")),
    case("of 100", "A,B\n100,0\n7,93\n", &[], Counted(2, "A 107, B 93", "scale 0..100")),
    case("far apart", "A,B\n400,200\n0,7\n", &[], Counted(2, "A 400, B 207", "scale 0,7,200,400")),
    case(
        "a scale that was named",
        "A,B\n6,1\n",
        &["--scale", "0..5"],
        Refused(&["line 2 (A): 6 is not on the scale 0..5"]),
    ),
    case(
        "names of a scale",
        "A,B\ngood,poor\nfair,*\n",
        &["--scale", "poor,fair,good"],
        Counted(2, "A 3, B 0", "scale poor,fair,good"),
    ),
    case("approval", "Yes,No\n1,0\n0,1\n1,1\n", &[], Counted(3, "Yes 2, No 2", "scores")),
    case("semicolons", "Anna;Boris;Clara\n5;4;3\n1;2;\n", &[], Counted(2, "Anna 6, Boris 6, Clara 3", "semicolons")),
    case("tabs and sep=", "sep=\t\r\nAnna\tBoris\r\n5\t3\r\n", &[], Counted(1, "Anna 5, Boris 3", "line 3")),
    case(
        "carriage returns alone",
        "Anna,Boris\r5,3\r4,x\r",
        &[],
        Refused(&["line 3, column 2 (Boris)", "\"x\" is not a score"]),
    ),
    case("equal widths", "a;b,c\n1;2,3\n", &[], Refused(&["commas and semicolons", "--separator"])),
    case(
        "equal widths, named",
        "a;b,c\n1;2,3\n",
        &["--separator", ";"],
        Counted(1, "a 10, b,c 23", "10 times as large"),
    ),
    case("an empty column behind", "Anna,Boris,\n5,3,\n4,2,\n", &[], Counted(2, "Anna 9, Boris 5", "2 ballots")),
    case(
        "a line longer than the header, empty",
        "Anna,Boris\n5,3,\n4,2\n",
        &[],
        Counted(2, "Anna 9, Boris 5", "2 ballots"),
    ),
    case(
        "a line longer than the header",
        "Anna,Boris\n5,3,1\n",
        &[],
        Refused(&["line 2", "3 cells, and the header has 2"]),
    ),
    case(
        "a line that breaks off",
        "Anna,Boris\n5,3\n4\n",
        &[],
        Refused(&["line 3", "ends before \"Boris\", with cells: 1"]),
    ),
    case("a line break in a name", "\"Miles\nfrom\",B\n5,3\n", &[], Counted(1, "Miles from 5, B 3", "line 3")),
    case(
        "a quotation mark too few",
        "Anna,\"Boris\n5,3\n4,2\n",
        &[],
        Refused(&["line 1", "quotation mark is not closed"]),
    ),
    case("equal names", "Anna,Anna\n5,3\n", &[], Refused(&["columns 1 and 2 are both \"Anna\""])),
    case("no lines", "A,B\n", &[], Refused(&["there are no ballots"])),
    case("nothing", "", &[], Refused(&["is empty"])),
    case(
        "words",
        "Anna,Boris\n5,overvote\n3,skipped\n",
        &[],
        Refused(&["line 2, column 2 (Boris)", "\"overvote\" is not a score", "--labels"]),
    ),
    case(
        "words that mean something",
        "Anna,Boris\n5,overvote\n3,2\n",
        &["--labels", "overvote=*"],
        Counted(2, "Anna 8, Boris 2", "scores"),
    ),
    case(
        "labels",
        "Anna,Boris\n5 - Excellent,3 - Fair\n",
        &["--labels", "5 - Excellent=5,3 - Fair=3"],
        Counted(1, "Anna 5, Boris 3", "scores"),
    ),
    case("a bad label", "A,B\n1,2\n", &["--labels", "x"], Refused(&["TEXT=SCORE"])),
    case(
        "star.vote",
        STAR,
        &[],
        Counted(2, "Loren Culp 2, Tim Eyman 3", "left out: voterID (column 1), voteTime (column 2), pollID"),
    ),
    case(
        "BetterVoting",
        "\u{feff}ballot_id,precinct,Ana,Ben\n1,,5,0\n2,,0,5\n",
        &[],
        Counted(2, "Ana 5, Ben 5", "BetterVoting"),
    ),
    case(
        "BetterVoting, races",
        "ballot_id,precinct,\"Fruit!!Ana\",\"Fruit!!Ben\",\"Veg!!Kale\",\"Veg!!Leek\"\n1,,5,3,1,0\n2,,0,4,5,\n",
        &[],
        Counted(2, "Ana 5, Ben 7 | Kale 6, Leek 0", "Veg: Kale, Leek"),
    ),
    case(
        "BetterVoting, precincts are no candidate",
        "ballot_id,precinct,Ana,Ben,Cora\n1,2,5,3,1\n2,3,5,3,2\n3,1,5,3,3\n",
        &[],
        Counted(3, "Ana 15, Ben 9, Cora 6", "left out: ballot_id (column 1), precinct (column 2)"),
    ),
    case(
        "Google Forms",
        "Timestamp,\"Rate them [Anna]\",\"Rate them [Boris]\"\n\"2027/01/02 10:11:12 AM GMT+1\",5,3\n",
        &[],
        Counted(1, "Anna 5, Boris 3", "Google Forms"),
    ),
    case(
        "Google Forms in Russian",
        "Отметка времени,Адрес электронной почты,\"Оцените [Анна]\",\"Оцените [Борис]\"\n02.01.2027,a@x,5,3\n",
        &[],
        Counted(1, "Анна 5, Борис 3", "Google Forms"),
    ),
    case(
        "Google Forms with a question more",
        "Timestamp,\"Rate [Anna]\",\"Rate [Boris]\",Comment\nx,5,3,nice\n",
        &[],
        Refused(&["Comment", "QUESTION [CANDIDATE]", "--ignore \"Comment\""]),
    ),
    case(
        "the same, left out",
        "Timestamp,\"Rate [Anna]\",\"Rate [Boris]\",Comment\nx,5,3,nice\n",
        &["--ignore", "Comment"],
        Counted(1, "Anna 5, Boris 3", "Comment (column 4)"),
    ),
    case(
        "Microsoft Forms",
        "ID,Start time,Completion time,Email,Name,Anna,Boris\n1,x,y,anonymous,,4,2\n",
        &[],
        Counted(1, "Anna 4, Boris 2", "Microsoft Forms"),
    ),
    case(
        "Google Forms, two questions",
        "Timestamp,\"Chair [Anna]\",\"Chair [Boris]\",\"Venue [Hall]\",\"Venue [Park]\"\nx,5,3,,1\ny,4,,2,2\n",
        &[],
        Counted(2, "Anna 9, Boris 3 | Hall 2, Park 3", "Venue: Hall, Park"),
    ),
    case(
        "Google Forms, a linear scale for each",
        "Timestamp,Email Address,Anna,Boris\n2027/01/02 10:11:12 AM GMT+1,a@x,5,3\n",
        &[],
        Counted(1, "Anna 5, Boris 3", "left out: Timestamp (column 1), Email Address (column 2)"),
    ),
    case(
        "Google Forms, words",
        "Timestamp,\"Rate [Anna]\",\"Rate [Boris]\"\nx,Excellent,\ny,Poor,Excellent\n",
        &[],
        Refused(&["line 2, column 2 (Rate [Anna])", "\"Excellent\" is not a score", "--labels \"Excellent=*\""]),
    ),
    case(
        "the same, with labels",
        "Timestamp,\"Rate [Anna]\",\"Rate [Boris]\"\nx,Excellent,\ny,Poor,Excellent\n",
        &["--labels", "Excellent=5,Poor=1"],
        Counted(2, "Anna 6, Boris 5", "Google Forms"),
    ),
    case(
        "Google Forms in German, with labels",
        "Zeitstempel,E-Mail-Adresse,\"Note [Anna]\",\"Note [Boris]\"\n02.01.2027 10:11:12,a@x,sehr gut,\"teils, teils\"\n",
        &["--labels", "sehr gut=5,teils, teils=3"],
        Counted(1, "Anna 5, Boris 3", "Google Forms"),
    ),
    case(
        "Google Forms in French",
        "Horodateur,Adresse e-mail,\"Note [Anna]\",\"Note [Boris]\"\n02/01/2027 10:11:12,a@x,5,3\n",
        &[],
        Counted(1, "Anna 5, Boris 3", "Google Forms"),
    ),
    case(
        "Microsoft Forms, words",
        "ID,Start time,Completion time,Email,Name,Anna,Boris\n1,x,y,anonymous,,Very good,Poor\n",
        &[],
        Refused(&["line 2, column 6 (Anna)", "\"Very good\" is not a score", "--labels \"Very good=*\""]),
    ),
    case(
        "the same, with labels",
        "ID,Start time,Completion time,Email,Name,Anna,Boris\n1,x,y,anonymous,,Very good,Poor\n2,x,y,anonymous,,,Very good\n",
        &["--labels", "Very good=5", "--labels", "Poor=1"],
        Counted(2, "Anna 5, Boris 6", "Microsoft Forms"),
    ),
    case(
        "Microsoft Forms in German",
        "ID;Startzeit;Fertigstellungszeit;E-Mail;Name;Anna;Boris\n1;x;y;anonymous;;4;2\n2;x;y;anonymous;;;5\n",
        &[],
        Counted(2, "Anna 4, Boris 7", "Microsoft Forms"),
    ),
    case(
        "Microsoft Forms in French",
        "ID;Heure de début;Heure de fin;Adresse de messagerie;Nom;Anna;Boris\n1;x;y;a@x;Zoé;4;2\n",
        &[],
        Counted(1, "Anna 4, Boris 2", "Microsoft Forms"),
    ),
    case(
        "Microsoft Forms in Russian",
        "ИД,Время начала,Время завершения,Электронная почта,Имя,Анна,Борис\n1,x,y,anonymous,,4,2\n",
        &[],
        Counted(1, "Анна 4, Борис 2", "Microsoft Forms"),
    ),
    case(
        "LimeSurvey",
        "Respondent;Q1[SQ001];Q1[SQ002]\n1;A5;A3\n2;A1;-oth-\n",
        &[],
        Refused(&["line 2, column 2 (Q1[SQ001])", "\"A5\"", "--labels \"A5=*\""]),
    ),
    case(
        "LimeSurvey, labels",
        "Respondent;Q1[SQ001];Q1[SQ002]\n1;A5;A3\n2;A1;-oth-\n",
        &["--labels", "A1=1,A3=3,A5=5,-oth-=*"],
        Counted(2, "SQ001 6, SQ002 3", "QUESTION[CANDIDATE]"),
    ),
    case("our own csv-raw", RAW, &[], Counted(2, "Anna 10, +Boris 3 | Dan -1", "csv-raw")),
    case(
        "our own result",
        "contest,candidate,place,status,score,sum\np,Anna,1,winner,6,6\n",
        &[],
        Refused(&["it is a result"]),
    ),
    case("ABIF", ABIF, &[], Counted(68, "Memphis, TN 168, Nashville, TN 188", "line 4: 42 ×")),
    case(
        "ABIF, not all with scores",
        "=m:[M]\n=n:[N]\n42:m/4,n/2\n26:m,n/4\n",
        &[],
        Refused(&["line 4", "\"m\" has no score"]),
    ),
    case("ABIF, ranks", "3:Anna>Boris\n2:Boris\n", &[], Refused(&["line 1", "\"Anna\" has no score: a rank"])),
    case(
        "equal ballots in one line",
        "Anna,Boris,Clara\n2:3,4,5\n1,2,0\n",
        &[],
        Counted(3, "Anna 7, Boris 10, Clara 10", "line 2: 2 × Anna 3"),
    ),
    case(
        "equal ballots of halves, with weights",
        "Anna;Boris;weight\n10:4,5;3;2\n1;;1\n",
        &[],
        Counted(11, "Anna 182, Boris 120", "line 2: 10 × Anna 4.5, Boris 3"),
    ),
    case("weights", "Anna,Boris,weight\n5,1,3\n0,4,1\n", &[], Counted(2, "Anna 15, Boris 7", "2 ballots, weight 4")),
    case(
        "what looks like a weight",
        "Anna,Boris,Stimmen\n5,1,3\n",
        &[],
        Refused(&["is \"Stimmen\" a candidate", "--weight-column"]),
    ),
    case(
        "what looks like a weight, named",
        "Anna,Boris,Stimmen\n5,1,3\n",
        &["--weight-column", "Stimmen"],
        Counted(1, "Anna 15, Boris 3", "weight of a ballot: Stimmen"),
    ),
    case("ids", "ballot_id,Anna,Boris\n17,5,1\n18,3,4\n", &[], Counted(2, "Anna 8, Boris 5", "left out: ballot_id")),
    case(
        "numbered lines",
        "Line,Anna,Boris\n1,5,0\n2,3,4\n3,5,5\n",
        &[],
        Refused(&["\"Line\" counts the lines from 1", "--ignore \"Line\""]),
    ),
    case("rows of pandas", ",Honey,Raisin\n0,5,3\n1,0,0\n", &[], Counted(2, "Honey 5, Raisin 3", "left out: column 1")),
    case(
        "a column without a name",
        ",Honey,Raisin\nSmith,0,3\nJones,2,3\n",
        &[],
        Refused(&["\"Smith\" stands in column 1, which has no name", "--ignore 1"]),
    ),
    case("a column that is not there", "A,B\n1,2\n", &["--ignore", "C"], Refused(&["no such column; it has A, B"])),
    case("named candidates", "x,A,B\nq,1,2\n", &["--columns", "A,B"], Counted(1, "A 1, B 2", "left out: x (column 1)")),
    case(
        "ranks beside numbers of lines",
        ",Honey,Raisin,Rice\n1,,1,3\n2,2,3,1\n",
        &[],
        Refused(&["may be", "a table of ranks", "--ballot-format scores"]),
    ),
    case(
        "ranks beside a column that is left out",
        "Age,Honey,Raisin,Rice\n44,1,2,3\n25,2,3,1\n",
        &["--ignore", "Age"],
        Refused(&["may be", "a table of ranks"]),
    ),
    case("ranks or scores", RANKS, &[], Refused(&["may be", "a table of ranks", "--ballot-format scores"])),
    case(
        "scores like ranks",
        RANKS,
        &["--ballot-format", "scores"],
        Counted(2, "Reagan 4, Anderson 3, Carter 5", "Ballot ID (column 1)"),
    ),
    case("ranks", RANKS, &["--ballot-format", "ranks"], Refused(&["these are ranks"])),
    case("BLT", "5 3\n1 2 3 0\n1 1 0\n0\n\"A\"\n\"B\"\n", &[], Refused(&["BLT", "these are ranks"])),
    case(
        "PrefLib",
        "# FILE NAME: 1.cat\n# DATA TYPE: cat\n# NUMBER ALTERNATIVES: 3\n3: {1,2},{3}\n",
        &[],
        Refused(&["PrefLib", "these are ranks"]),
    ),
    case("a roll", "number,name\n1,Anna\n2,Boris\n", &[], Refused(&["it is a roll"])),
    case("a roll with weights", "number,weight\n1,4999\n2,5001\n", &[], Refused(&["it is a roll"])),
    case("lines without a score", "Anna,Boris\n5,3\n,\n", &[], Refused(&["line 3", "--empty-rows"])),
    case(
        "lines without a score are ballots",
        "Anna,Boris\n5,3\n,\n",
        &["--empty-rows", "ballots"],
        Counted(2, "Anna 5, Boris 3", "2 ballots"),
    ),
    case(
        "lines without a score are nothing",
        "Anna,Boris\n5,3\n,\n",
        &["--empty-rows", "nothing"],
        Counted(1, "Anna 5, Boris 3", "1 ballot"),
    ),
    case(
        "words throughout",
        "Anna,Boris\n5 - Excellent,3 - Fair\n",
        &[],
        Refused(&["no column of it holds scores (\"5 - Excellent\" in line 2)", "--labels"]),
    ),
    case("no ballots at all", "Project 1\nProject 2\n", &[], Refused(&["no column of it holds scores"])),
    Case {
        name: "an unknown encoding",
        file: b"J\xDAnio,Ana\n5,3\n",
        args: &[],
        wanted: Refused(&["line 1 is the first", "windows-1252: J\u{da}nio", "windows-1251: J\u{42a}nio"]),
    },
    Case {
        name: "a named encoding",
        file: b"J\xDAnio,Ana\n5,3\n",
        args: &["--encoding", "latin1"],
        wanted: Counted(1, "J\u{da}nio 5, Ana 3", "windows-1252"),
    },
    Case {
        name: "CP866",
        file: b"\x80\xAD\xAD\xA0,B\n5,3\n",
        args: &["--encoding", "cp866"],
        wanted: Counted(1, "Анна 5, B 3", "IBM866"),
    },
    Case {
        name: "UTF-16",
        file: b"\xFF\xFEA\0\t\0B\0\r\0\n\x005\0\t\x003\0\r\0\n\0",
        args: &[],
        wanted: Counted(1, "A 5, B 3", "UTF-16LE"),
    },
    Case {
        name: "UTF-16 without its mark",
        file: b"A\0,\0B\0\n\x005\0,\x003\0",
        args: &[],
        wanted: Refused(&["--encoding UTF-16LE"]),
    },
    case(
        "halves on a scale of names",
        "A,B\nhalf,fair\n",
        &["--scale", "poor,fair,good", "--labels", "half=0.5"],
        Refused(&["line 2 (A): 0.5 is not on the scale poor,fair,good"]),
    ),
    case(
        "halves on a scale with gaps",
        "A,B\n0.5,1\n",
        &["--scale", "0,1,3,5"],
        Refused(&["line 2 (A): 0.5 is not on the scale 0,1,3,5"]),
    ),
    case("halves on a range", "A,B\n0.5,1\n", &["--scale", "0..5"], Counted(1, "A 1, B 2", "scale 0..10")),
    case(
        "equal ballots, and their count left out",
        "Anna,Boris,Clara\n2:3,4,5\n1,2,0\n",
        &["--ignore", "Anna"],
        Refused(&["line 2, column 1 (Anna)", "\"2:3\" may say how many equal ballots"]),
    ),
    case(
        "equal ballots, the first column not among those named",
        "Anna,Boris,Clara\n2:3,4,5\n1,2,0\n",
        &["--columns", "Boris,Clara"],
        Refused(&["\"2:3\" may say how many equal ballots"]),
    ),
    case("times or counts", "Time,Anna,Boris\n10:05,4,5\n", &[], Refused(&["is \"Time\" a candidate?"])),
    case(
        "times",
        "Time,Anna,Boris\n10:05,4,5\n",
        &["--ignore", "Time"],
        Counted(1, "Anna 4, Boris 5", "left out: Time"),
    ),
    case("a line of no ballots", "Anna,Boris\n0:3,4\n1,2\n", &[], Counted(1, "Anna 1, Boris 2", "1 ballot")),
    case(
        "two weights",
        "Anna,weight,Boris,вес\n5,1,3,2\n",
        &[],
        Refused(&["columns 2 (weight) and 4 (вес) both say how much a ballot weighs", "--ignore \"weight\""]),
    ),
    case(
        "two weights, one named",
        "Anna,weight,Boris,Stimmen\n5,1,3,2\n",
        &["--weight-column", "Stimmen"],
        Refused(&["is \"weight\" a candidate, or how much a ballot weighs?"]),
    ),
    case(
        "two weights, one named and one left out",
        "Anna,weight,Boris,Stimmen\n5,1,3,2\n",
        &["--weight-column", "Stimmen", "--ignore", "weight"],
        Counted(1, "Anna 10, Boris 6", "weight of a ballot: Stimmen"),
    ),
    case(
        "our own csv-raw, a line that breaks off",
        "Board,weight,Anna,Boris\n1,2,5\n",
        &[],
        Refused(&["line 2", "3 cells, and the header has 4"]),
    ),
    case(
        "our own csv-raw, a line that is too long",
        "Board,weight,Anna,Boris\n1,2,5,3,1\n",
        &[],
        Refused(&["line 2", "5 cells, and the header has 4"]),
    ),
    case(
        "our own csv-raw, as a spreadsheet pads it",
        "Board,weight,Anna,Boris\n1,2,5,\nChair,weight,Dan,\n1,2,1,\n",
        &[],
        Counted(1, "Anna 10, Boris 0 | Dan 2", "csv-raw"),
    ),
    case(
        "our own csv-raw, columns chosen",
        RAW,
        &["--ignore", "Anna"],
        Refused(&["csv-raw", "leave --columns, --ignore"]),
    ),
    case(
        "weights beyond those of an election",
        "Board,weight,Anna,Boris\n1,1099511627776,5,3\n2,1,5,3\n",
        &[],
        Refused(&["the weights add up to more than 2^40"]),
    ),
    case(
        "ABIF, tokens that are others' names",
        "=A:[B]\n=B:[A]\n3:A/5,B/1\n",
        &[],
        Counted(3, "B 15, A 3", "candidates: B, A"),
    ),
    case(
        "ABIF, a name in brackets that is another's token",
        "=A:[B]\n=B:[A]\n3:[A]/5,B/1\n",
        &[],
        Refused(&["line 3", "\"A\" is the token of one candidate and the name of another"]),
    ),
    case(
        "ABIF, one token for two",
        "=a:[Anna]\n=a:[Boris]\n3:a/5\n",
        &[],
        Refused(&["line 2", "\"a\" stands for two candidates"]),
    ),
    case(
        "ABIF, one name for two",
        "=a:[Anna]\n=b:[Anna]\n3:a/5\n",
        &[],
        Refused(&["line 2", "two candidates are called \"Anna\""]),
    ),
    case("ABIF, declared behind its use", "3:a/5,[Boris]/1\n=a:[Anna]\n", &[], Counted(3, "Anna 15, Boris 3", "ABIF")),
    case(
        "ABIF, metadata that are none",
        "{title: Capital}\n=a:[Anna]\n3:a/5\n",
        &[],
        Refused(&["line 1", "is no JSON"]),
    ),
    case("ABIF, a sign in a title", "{\"title\": \"No. #1\"} # so\n3:Anna/5\n", &[], Counted(3, "Anna 15", "ABIF")),
    case(
        "candidates called as what stands beside answers",
        "Time,Date,Anna\n5,3,1\n1,2,1\n",
        &[],
        Refused(&["is \"Time\" a candidate?", "--ignore \"Time\"", "--columns \"Time\""]),
    ),
    case(
        "the same, named",
        "Time,Date,Anna\n5,3,1\n1,2,1\n",
        &["--columns", "Time", "--columns", "Date,Anna"],
        Counted(2, "Time 6, Date 5, Anna 2", "a table of scores"),
    ),
    case("the same in Russian", "язык,Анна\n5,3\n", &[], Refused(&["is \"язык\" a candidate?"])),
    case(
        "numbers of ballots",
        "number,Anna,Boris\n1,5,3\n2,4,4\n3,1,1\n",
        &[],
        Counted(3, "Anna 10, Boris 8", "left out: number (column 1)"),
    ),
    case(
        "a column that is called as another's number",
        "A,1,B\n5,x,3\n",
        &["--ignore", "1"],
        Counted(1, "A 5, B 3", "left out: 1 (column 2)"),
    ),
    case(
        "a column with a comma in its name",
        "A,B,\"so, why?\"\n5,3,x\n",
        &["--ignore", "so, why?"],
        Counted(1, "A 5, B 3", "left out: so, why? (column 3)"),
    ),
    case("the same, told by its number", "A,B,\"so, why?\"\n5,3,x\n", &[], Refused(&["--ignore 3"])),
    case(
        "a weight with a comma in its name",
        "Anna,Boris,\"Anteil, %\"\n5,1,3\n",
        &[],
        Refused(&["is \"Anteil, %\" a candidate", "--weight-column 3"]),
    ),
    case(
        "a label with a comma",
        "Anna,Boris\n\"Good, mostly\",Bad\n",
        &["--labels", "Good, mostly=3,Bad=1"],
        Counted(1, "Anna 3, Boris 1", "scores"),
    ),
    case("a mark that contradicts", "\u{feff}A,B\n1,2\n", &["--encoding", "cp866"], Refused(&["mark of UTF-8"])),
];

#[test]
fn every_kind_of_ballot_file_is_counted_rightly_or_refused_with_the_reason() {
    let folder = Folder::new();
    for Case { name, file, args, wanted } in CASES {
        std::fs::write(folder.path("poll.csv"), file).unwrap();
        let out = folder.run(&[&["count", "poll.csv", "--rule", "sum", "--json"], *args].concat());
        let said = String::from_utf8_lossy(&out.stderr);
        match wanted {
            Counted(ballots, sums, told) => {
                assert!(out.status.success(), "{name}: {said}");
                assert!(said.contains(told), "{name}: {told:?} is missing in {said}");
                let result: Value = serde_json::from_slice(&out.stdout).unwrap();
                assert_eq!((result["ballots"].as_u64(), shown(&result).as_str()), (Some(*ballots), *sums), "{name}");
            }
            Refused(reasons) => {
                assert_eq!(out.status.code(), Some(2), "{name}: {said}");
                reasons
                    .iter()
                    .for_each(|reason| assert!(said.contains(reason), "{name}: {reason:?} is missing in {said}"));
            }
        }
    }
}

/// Names and sums of the candidates, contest by contest.
pub fn shown(result: &Value) -> String {
    let contests = result["contests"].as_array().unwrap().iter().map(|contest| {
        let candidate = |one: &Value| format!("{} {}", one["name"].as_str().unwrap(), one["sum"]);
        contest["candidates"].as_array().unwrap().iter().map(candidate).collect::<Vec<_>>().join(", ")
    });
    contests.collect::<Vec<_>>().join(" | ")
}

/// What an election exports and what is counted from it are the same, in every form; there is no word of an election.
#[test]
fn what_was_counted_is_shown_in_every_form_and_read_back() {
    let folder = Folder::new();
    std::fs::write(folder.path("poll.csv"), RAW).unwrap();
    let count = |file: &str, format: &str| {
        let out = folder.run(&["count", file, "--rule", "mean", "--title", "Poll", "--format", format]);
        assert!(out.status.success(), "{format}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    assert_eq!(count("poll.csv", "csv-raw"), RAW);
    let table = count("poll.csv", "table");
    assert!(table.contains("Ballots: 2, weight 3\n") && !table.contains("voters"), "{table}");
    let page = count("poll.csv", "html");
    assert!(page.contains("Count of ballots from a file") && page.contains("poll.csv"), "{page}");
    assert!(!page.contains("voters") && !page.contains("veche verify"), "{page}");
    assert!(count("poll.csv", "svg").starts_with("<svg") && count("poll.csv", "csv").starts_with("contest,"));
    std::fs::write(folder.path("poll.abif"), ABIF).unwrap();
    std::fs::write(folder.path("again.abif"), count("poll.abif", "abif")).unwrap();
    assert_eq!(count("again.abif", "abif"), count("poll.abif", "abif"));
}

/// Where the ends of the scale decide, they are not taken from the ballots.
#[test]
fn a_rule_that_depends_on_the_scale_wants_it_named_and_there_is_no_lot() {
    let folder = Folder::new();
    std::fs::write(folder.path("poll.csv"), "Anna,Boris\n5,\n4,4\n").unwrap();
    let said = folder.exits(2, &["count", "poll.csv", "--rule", "mean", "--blanks-worst"]);
    assert!(said.contains("--scale 0..5"), "{said}");
    let said = folder.exits(0, &["count", "poll.csv", "--rule", "mean", "--blanks-worst", "--scale", "1..5", "--json"]);
    assert!(said.contains("\"5/2\""), "a * is the worst level, 1: {said}");
    assert!(folder.exits(2, &["count", "poll.csv", "--rule", "mean", "--ties", "lot"]).contains("lot"));
    folder.exits(2, &["count", "poll.csv"]);
}

/// What would not fit is refused before there is a place for it.
#[test]
fn files_with_more_candidates_than_an_election_are_refused() {
    let folder = Folder::new();
    let many = |count: usize| (0..count).map(|n| format!("c{n}")).collect::<Vec<_>>();
    let abif: String = many(501).iter().map(|name| format!("1:{name}/1\n")).collect();
    std::fs::write(folder.path("many.abif"), abif).unwrap();
    let said = folder.exits(2, &["count", "many.abif", "--rule", "sum"]);
    assert!(said.contains("501 candidates are named; an election has at most 500"), "{said}");
    let table = format!("{}\n{}\n", many(26_000).join(","), vec!["1"; 26_000].join(","));
    std::fs::write(folder.path("many.csv"), table).unwrap();
    let said = folder.exits(2, &["count", "many.csv", "--rule", "sum"]);
    assert!(said.contains("there are 26000 cells"), "{said}");
    let said = folder.exits(2, &["count", "/dev/zero", "--rule", "sum"]);
    assert!(said.contains("/dev/zero"), "{said}");
}

/// The same ballot ten million times takes no more room than once.
#[test]
fn equal_ballots_stay_together_in_every_form() {
    let folder = Folder::new();
    std::fs::write(folder.path("many.abif"), "10000000:Anna/5,Boris/1\n").unwrap();
    let limited = |format: &str| {
        let command = format!("ulimit -v 1000000; exec \"$0\" count many.abif --rule sum --format {format}");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &command, env!("CARGO_BIN_EXE_veche")]).current_dir(folder.path("")).env("VECHE_LANG", "en");
        shell
    };
    let out = limited("abif").output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(text.ends_with("10000000:c1/5,c2/1\n"), "{text}{}", String::from_utf8_lossy(&out.stderr));
    let raw = std::fs::File::create(folder.path("raw.csv")).unwrap();
    assert!(limited("csv-raw").stdout(raw).status().unwrap().success());
    let mut end = std::fs::File::open(folder.path("raw.csv")).unwrap();
    std::io::Seek::seek(&mut end, std::io::SeekFrom::End(-29)).unwrap();
    let mut last = String::new();
    std::io::Read::read_to_string(&mut end, &mut last).unwrap();
    assert_eq!(last, "9999999,1,5,1\n10000000,1,5,1\n");
}

/// An option that would have no effect is refused.
#[test]
fn forms_of_output_that_exclude_each_other_are_not_named_together() {
    let folder = Folder::new();
    std::fs::write(folder.path("poll.csv"), "Anna,Boris\n5,4\n").unwrap();
    let count = ["count", "poll.csv", "--rule", "sum"];
    for (more, said) in [
        (&["--excel", "--format", "csv-raw"][..], "--excel goes with --format csv alone"),
        (&["--excel"], "--excel goes with"),
        (&["--format", "csv", "--json"], "cannot be used with"),
    ] {
        let heard = folder.exits(2, &[&count[..], more].concat());
        assert!(heard.contains(said), "{more:?}: {heard}");
    }
    folder.exits(0, &[&count[..], &["--format", "csv", "--excel"]].concat());
    assert!(folder.exits(2, &["result", "e", "--format", "csv", "--json"]).contains("cannot be used with"));
}

/// A demonstration casts what `count` counts.
#[test]
fn a_demonstration_refuses_weights_that_no_election_has() {
    let folder = Folder::new();
    std::fs::write(folder.path("raw.csv"), "Board,weight,Anna,Boris\n1,1099511627776,5,3\n2,1,5,3\n").unwrap();
    let said = folder.exits(2, &["demo", "--ballots", "raw.csv", "--dir", "d"]);
    assert!(said.contains("more than 2^40") && !folder.path("d").exists(), "{said}");
}

/// A workbook is read as it is; of several sheets one has to be named.
#[test]
fn workbooks_are_read_sheet_by_sheet() {
    let folder = Folder::new();
    let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workbooks.py");
    let made = std::process::Command::new(python).arg(script).arg(folder.path("")).status().unwrap();
    assert!(made.success());
    let said = folder.exits(0, &["count", "one.xlsx", "--rule", "sum", "--json"]);
    assert!(said.contains("\"sum\": 9") && said.contains("sheet \"Poll\""), "{said}");
    let said = folder.exits(2, &["count", "two.xlsx", "--rule", "sum"]);
    assert!(said.contains("\"Poll\", \"Notes\"") && said.contains("--sheet"), "{said}");
    folder.exits(0, &["count", "two.xlsx", "--rule", "sum", "--sheet", "Poll"]);
    let said = folder.exits(2, &["count", "two.xlsx", "--rule", "sum", "--sheet", "Notes", "--lang", "en"]);
    assert!(said.contains("no column"), "{said}");
    assert!(folder.exits(2, &["count", "broken.xlsx", "--rule", "sum"]).contains("no workbook"));
    // A sheet that cannot be read may be the one with the ballots.
    let said = folder.exits(2, &["count", "torn.xlsx", "--rule", "sum"]);
    assert!(said.contains("the sheet \"Notes\" cannot be read") && said.contains("--sheet"), "{said}");
    folder.exits(0, &["count", "torn.xlsx", "--rule", "sum", "--sheet", "Poll"]);
    for (sheet, code, heard) in [
        ("Answers", 0, "left out: ID (column 1), Start time (column 2), Completion time (column 3)"),
        ("Scores", 2, "line 2, column 2 (Boris): \"TRUE\" is not a score"),
        ("Heads", 2, "line 1, column 2 (2026-12-03 00:00:00)"),
    ] {
        let said = folder.exits(code, &["count", "strange.xlsx", "--rule", "sum", "--sheet", sheet]);
        assert!(said.contains(heard), "{sheet}: {heard:?} is missing in {said}");
    }
}
