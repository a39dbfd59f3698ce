//! The sample project, carried inside the program so that a demo needs no files.

use rust_embed::RustEmbed;

use super::{Mistake, Project, folder::Texts, read, source::Format, whole};

#[derive(RustEmbed)]
#[folder = "projects/reading-data"]
struct Files;

impl Texts for Files {
    fn text(&self, path: &str) -> Result<String, String> {
        let file = Self::get(path).ok_or_else(|| format!("there is no file {path}"))?;
        super::folder::text(&file.data)
    }
}

/// “Asking questions of data”, as it stands in `projects/reading-data`.
pub fn sample() -> Result<Project, Vec<Mistake>> {
    let file = Files.text("project.yaml").map_err(whole)?;
    read(&file, Format::Yaml, &Files)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, path::Path};

    use super::*;
    use crate::learning::{
        answer::{Answer, Validator, Verdict},
        project::check,
    };

    /// Every wrong answer that the sample speaks of is wrong, gets its own feedback, and no feedback gives the answer away.
    #[test]
    fn the_sample_answers_common_mistakes_with_its_own_words() {
        let sample = sample().unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        for task in sample.tasks().iter().filter(|task| !task.mistakes.is_empty()) {
            let validator = Validator::of(task).expect("a validator");
            for mistake in &task.mistakes {
                if let Some(answer) = &mistake.answer {
                    let judgement = validator.judge(&Answer::One(answer.clone()));
                    assert_eq!(judgement.verdict, Verdict::NotYet, "{}: {answer}", task.id);
                    assert_eq!(judgement.feedback, mistake.feedback, "{}: {answer}", task.id);
                }
                for right in validator.rule.accepted().iter().filter(|right| right.len() > 1) {
                    let words =
                        format!(" {} ", mistake.feedback.replace(|letter: char| !letter.is_alphanumeric(), " "));
                    assert!(
                        !words.contains(&format!(" {right} ")),
                        "{}: “{}” gives away {right}",
                        task.id,
                        mistake.feedback
                    );
                }
            }
        }
        let said = |task: &str, answer: &str| {
            Validator::of(sample.task(task).expect("a task"))
                .expect("a validator")
                .judge(&Answer::One(answer.to_owned()))
        };
        for answer in ["+2.9 %", "+2,9%", "+ 2.9 percent"] {
            assert_eq!(said("real-growth", answer).verdict, Verdict::Accepted, "{answer}");
        }
        insta::assert_snapshot!(said("real-growth", "2.9%").feedback, @"The number is right. Write its sign and the percent sign as well, as in the example.");
        insta::assert_snapshot!(said("real-growth", "+2.9").feedback, @"Nearly there: the percent sign is missing.");
        insta::assert_snapshot!(said("real-growth", "+2.94 %").feedback, @"The number is right. Round it to one decimal.");
        insta::assert_snapshot!(said("real-growth", "150 %").feedback, @"That is how much the *bar* grew. Use the numbers of visitors.");
        insta::assert_snapshot!(said("third-thing", "the cold weather").feedback, @"You are on to it. Which *column of the table* says so? Write its name.");
        insta::assert_snapshot!(said("typical-visit", "the mean").feedback, @"How many of the seven would read that number and say “yes, that is about me”?");
        insta::assert_snapshot!(said("keenest-day", "Monday").feedback, @"Not yet. Read the task once more, and check the spelling.");
        insta::assert_snapshot!(said("rainy-days", "Monday, Tuesday").feedback, @"Clouds are not rain: look at Tuesday again.");
    }

    #[test]
    fn the_sample_has_what_a_first_project_should_show() {
        let sample = sample().unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        let leaves: Vec<_> = sample.tasks().iter().filter(|task| task.is_leaf()).collect();
        assert!(sample.tasks().iter().filter(|task| task.parent.is_none()).count() >= 3 && leaves.len() >= 12);
        assert!(leaves.iter().all(|task| !task.hints.is_empty() && !task.content.is_empty()));
        assert!(leaves.iter().filter(|task| task.hints.len() >= 3).count() >= 5);
        let kinds: HashSet<_> =
            leaves.iter().filter_map(|task| task.answer.as_ref()).map(std::mem::discriminant).collect();
        assert_eq!(kinds.len(), 7, "every way to answer is shown");
        let on_disk = check(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/projects/reading-data")));
        assert_eq!(on_disk.expect("a project"), sample);
    }
}
