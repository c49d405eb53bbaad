//! The figures of many elections in one answer: each family once, with the samples of all (OpenMetrics 1.0 section 4.2: what belongs
//! to a family stands together).

/// How an answer ends (OpenMetrics 1.0 section 4.1).
const END: &str = "# EOF\n";

/// What describes a family, and its samples.
struct Family {
    name: String,
    described: String,
    samples: String,
}

/// Answers with the same labels in none of two samples become one.
pub(super) fn merged(answers: &[String]) -> String {
    let mut families: Vec<Family> = Vec::new();
    let mut place = None;
    for line in answers.iter().flat_map(|answer| answer.lines()) {
        let about = line.strip_prefix("# ").and_then(|rest| rest.split_once(' '));
        match about {
            Some((_, rest)) => {
                let name = rest.split(' ').next().unwrap_or_default();
                let known = families.iter().position(|family| family.name == name);
                place = Some(known.unwrap_or_else(|| {
                    let (described, samples) = (String::new(), String::new());
                    families.push(Family { name: name.to_owned(), described, samples });
                    families.len() - 1
                }));
                if let Some(family) = place.and_then(|place| families.get_mut(place))
                    && family.samples.is_empty()
                {
                    family.described += line;
                    family.described += "\n";
                }
            }
            // `# EOF` has nothing behind it.
            None if line.starts_with('#') => place = None,
            None => {
                if let Some(family) = place.and_then(|place| families.get_mut(place)) {
                    family.samples += line;
                    family.samples += "\n";
                }
            }
        }
    }
    let text = families.into_iter().flat_map(|family| [family.described, family.samples]);
    text.chain([END.to_owned()]).collect()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::merged;
    use crate::metrics::Metrics;

    #[test]
    fn each_family_is_described_once_and_has_the_samples_of_every_election() {
        let answers = ["a", "b"].map(|name| {
            let metrics = Metrics::of_election(name);
            metrics.refuse_session("other-origin");
            metrics.render()
        });
        let text = merged(&answers);
        let count = |part: &str| text.matches(part).count();
        assert_eq!(count("# EOF"), 1);
        assert!(text.ends_with("# EOF\n"));
        assert_eq!(count("# TYPE veche_sessions_refused counter"), 1);
        assert_eq!(count("# HELP veche_cast_seconds "), 1);
        for name in ["a", "b"] {
            assert_eq!(
                count(&format!("veche_sessions_refused_total{{election=\"{name}\",reason=\"other-origin\"}} 1")),
                1
            );
            assert_eq!(count(&format!("veche_log_size{{election=\"{name}\"}} 0")), 1, "{text}");
        }
        let alone = merged(&answers[..1]);
        assert_eq!(alone, answers[0]);
    }
}
