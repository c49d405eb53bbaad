//! What columns are called, in rolls and in ballots, and how one of them is named on the command line.

use std::collections::BTreeSet;

use super::shown;

/// A name without what programs write differently.
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Perhaps a weight: words that stand alone or among others.
const WEIGHT_WORDS: [&str; 32] = [
    "weight",
    "вес",
    "gewicht",
    "poids",
    "anteil",
    "anteile",
    "stimmen",
    "votes",
    "share",
    "shares",
    "units",
    "count",
    "доля",
    "доли",
    "долей",
    "голос",
    "голоса",
    "голосов",
    "пай",
    "паи",
    "паёв",
    "паев",
    "площадь",
    "площади",
    "количество",
    "voix",
    "parts",
    "quotepart",
    "millièmes",
    "tantièmes",
    "mea",
    "m2",
];
/// How compounds begin, and how they end.
const WEIGHT_BEGINNINGS: [&str; 4] = ["stimmen", "stimmgewicht", "stimmrecht", "площад"];
const WEIGHT_ENDS: [&str; 4] = ["anteil", "anteile", "stimmen", "gewicht"];

/// Is it called as if it said how much somebody's vote weighs? All of the name, or a word of it.
pub fn is_like_weight(name: &str) -> bool {
    let all = plain(name);
    let lower = name.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    WEIGHT_WORDS.contains(&all.as_str()) || words.any(is_weight_word)
}

fn is_weight_word(word: &str) -> bool {
    WEIGHT_WORDS.contains(&word)
        || WEIGHT_BEGINNINGS.iter().any(|start| word.starts_with(start))
        || WEIGHT_ENDS.iter().any(|end| word.ends_with(end))
}

/// The columns that somebody means: those of this name; if there is none, that of this number, counted from 1.
pub fn named(heads: &[String], given: &str) -> Vec<usize> {
    let given = given.trim();
    let by_name: Vec<usize> = (0..).zip(heads).filter(|(_, head)| *head == given).map(|(place, _)| place).collect();
    if !by_name.is_empty() {
        return by_name;
    }
    let place = given.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    place.filter(|place| *place < heads.len()).into_iter().collect()
}

/// Of an option that may name several, each time one, or divided by commas where no column is called so as a whole.
///
/// # Errors
///
/// What names no column.
pub fn all_named<'a>(heads: &[String], given: &'a [String]) -> Result<BTreeSet<usize>, &'a str> {
    let mut places = BTreeSet::new();
    for one in given {
        let whole = named(heads, one);
        if !whole.is_empty() {
            places.extend(whole);
            continue;
        }
        for part in one.split(',') {
            let part_places = named(heads, part);
            if part_places.is_empty() {
                return Err(one);
            }
            places.extend(part_places);
        }
    }
    Ok(places)
}

/// A column as it can be typed: by its name in quotation marks, or by its number where the name is cut in messages, is
/// another column's too, or means something to a shell.
pub fn to_type(heads: &[String], place: usize) -> String {
    let name = heads.get(place).map_or("", String::as_str);
    let number = (place + 1).to_string();
    let is_easy = !name.is_empty()
        && shown(name) == name
        && !name.starts_with('-')
        && !name.contains(['"', '$', '`', '\\', '!', ','])
        && heads.iter().filter(|head| *head == name).count() == 1;
    if is_easy || heads.contains(&number) { format!("\"{name}\"") } else { number }
}

/// A column as a page names it to the program: by its name where no other column has it and no comma divides it, else by its number.
pub fn to_choose(heads: &[String], place: usize) -> String {
    let name = heads.get(place).map_or("", String::as_str);
    let is_one = !name.is_empty() && !name.contains(',') && heads.iter().filter(|head| *head == name).count() == 1;
    if is_one { name.to_owned() } else { (place + 1).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn weights_are_recognised_by_a_word_of_their_name() {
        for name in [
            "Площадь м2",
            "Площадь, кв. м",
            "Anteil, %",
            "Miteigentumsanteile",
            "Zahl der Stimmen",
            "Stimmenzahl",
            "Number of votes",
            "Кол-во голосов",
            "Количество паёв",
            "Quote-part",
            "tantièmes (1000)",
        ] {
            assert!(is_like_weight(name), "{name}");
        }
        for name in ["Country", "Anteilseigner", "Shareholder", "Partner", "Anna", "Голосовал", "Веснин", ""]
        {
            assert!(!is_like_weight(name), "{name}");
        }
    }

    #[test]
    fn a_number_names_a_column_only_if_none_is_called_so() {
        let columns = heads(&["id", "3", "Anteil, %", "2"]);
        assert_eq!(named(&columns, "3"), [1]);
        assert_eq!(named(&columns, "2"), [3]);
        assert_eq!(named(&columns, "1"), [0]);
        assert_eq!(named(&columns, "5"), [] as [usize; 0]);
        let given = |texts: &[&str]| all_named(&columns, &heads(texts)).map(Vec::from_iter).map_err(str::to_owned);
        assert_eq!(given(&["Anteil, %"]), Ok(vec![2]));
        assert_eq!(given(&["id,3", "2"]), Ok(vec![0, 1, 3]));
        assert_eq!(given(&["id,x"]), Err("id,x".into()));
    }

    #[test]
    fn a_column_is_told_by_a_name_that_can_be_typed_or_by_its_number() {
        let columns = heads(&["id", "Anteil, %", "", "x", "x", "-y", &"long".repeat(20)]);
        let told: Vec<String> = (0..columns.len()).map(|place| to_type(&columns, place)).collect();
        assert_eq!(told, ["\"id\"", "2", "3", "4", "5", "6", "7"]);
    }
}
