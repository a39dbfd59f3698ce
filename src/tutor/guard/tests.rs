use proptest::prelude::*;

use super::*;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn guarded(material: &Material, reply: &str) -> String {
    let mut guard = Guard::new(material);
    let mut shown = guard.push(reply);
    shown.push_str(&guard.finish());
    shown
}

fn is_withheld(material: &Material, reply: &str) -> bool {
    guarded(material, reply).contains(WITHHELD)
}

fn answer(answer: &str, visible: &str) -> Material {
    Material { answers: texts(&[answer]), visible: texts(&[visible]), ..Material::default() }
}

#[test]
fn a_short_answer_is_withheld_where_it_is_stated() {
    let seven = answer("7", "How many rows does the table have?");
    for reply in [
        "The answer is 7.",
        "So the correct answer would be **seven**.",
        "3 + 4 = 7",
        "Count them:\n\n**7**",
        "That makes 7.",
        "The answer is\n7",
        "You should submit `7` now.",
        "7 is the right answer.",
        "La respuesta es 7.",
        "答案是7。",
        "It's 7!",
    ] {
        assert!(is_withheld(&seven, reply), "{reply}");
    }
}

#[test]
fn a_short_answer_is_left_where_it_is_an_ordinary_word() {
    let seven = answer("7", "The shop is open 7 days a week. How many rows?");
    for reply in [
        "The shop is open 7 days a week, as the text says.",
        "Look at row 7 again.",
        "What happens on day **7**?",
        "Is that the answer? 7 days are in a week.",
        "Try this:\n\n1. Count.\n2. Compare with 7.\n",
    ] {
        assert!(!is_withheld(&seven, reply), "{reply}");
    }
}

#[test]
fn a_number_is_the_same_however_it_is_written() {
    let material = answer("1250", "How much is it?");
    for reply in ["The answer is 1,250.", "The answer is 1250.0.", "The answer is **1.250**."] {
        assert!(is_withheld(&material, reply), "{reply}");
    }
    assert!(!is_withheld(&material, "The answer has 4 digits."));
}

#[test]
fn the_letter_of_an_option_is_withheld_only_as_an_option() {
    let material = answer("B", "A) mean\nB) median\nC) mode");
    for reply in [
        "The answer is B.",
        "Option B is right.",
        "Choose (b).",
        "It's **B**, that is the answer.",
        "B is correct.",
        "B",
    ] {
        assert!(is_withheld(&material, reply), "{reply}");
    }
    let article = answer("a", "a) mean\nb) median");
    for reply in [
        "The right way to the answer is a look at the table.",
        "A good answer names two things.",
        "Write a sentence.",
        "What does option a say about outliers?",
    ] {
        assert!(!is_withheld(&article, reply), "{reply}");
    }
    assert!(is_withheld(&article, "The correct option is (a)."));
}

#[test]
fn options_can_be_listed_without_giving_the_right_one_away_by_a_gap() {
    let material = answer("median", "Which one? mean, median, mode");
    assert!(!is_withheld(&material, "You can choose from\n- mean\n- median\n- mode\n"));
    assert!(!is_withheld(&material, "What do mean and median have in common?"));
    assert!(is_withheld(&material, "The correct option here is the median."));
}

#[test]
fn the_right_one_of_several_options_is_not_asserted() {
    let options = texts(&["Only the mean", "Only the median", "Both"]);
    let material =
        Material { answers: texts(&["Only the mean"]), visible: options.clone(), options, ..Material::default() };
    assert!(is_withheld(&material, "Only the mean changes, for it uses every value."));
    assert!(!is_withheld(&material, "Is it only the mean that uses every value?"));
    assert!(!is_withheld(&material, "Compare “only the mean” with “only the median” first."));
    assert!(!is_withheld(&material, "What does the mean do?\n- Only the mean\n- Both\n"));
}

#[test]
fn a_distinctive_answer_is_withheld_wherever_it_is_named_unless_the_learner_knows_it() {
    let material = answer("photosynthesis", "What do plants do with light?");
    assert!(is_withheld(&material, "Think of photosynthesis first."));
    assert!(is_withheld(&material, "Think of photo**syn**thesis first."));
    assert!(is_withheld(&material, "Spell p-h-o-t-o-s-y-n-t-h-e-s-i-s with me."));
    let said = Material { said: texts(&["is it photosynthesis?"]), ..material };
    assert!(!is_withheld(&said, "What do you know about photosynthesis?"));
    assert!(is_withheld(&said, "Yes, photosynthesis is the answer."));
}

#[test]
fn a_locked_hint_is_withheld_in_other_words_too_and_one_line_stands_for_several() {
    let hint = "Group the rows by city before you sum up the sales. Then sort the groups by their total.";
    let material = Material { texts: texts(&[hint]), ..Material::default() };
    let reply = "Good start! First group the rows by city before you sum up the sales. Then sort the groups by their total. What comes next?";
    assert_eq!(guarded(&material, reply), format!("Good start! {WITHHELD} What comes next?"));
    assert!(!is_withheld(&material, "Which column tells you the city? Have a look at the rows first."));
    let shown = Material { visible: texts(&[hint]), ..material };
    assert!(!is_withheld(&shown, reply));
}

#[test]
fn a_solution_in_a_code_block_is_withheld_as_a_whole() {
    let solution = "SELECT city, SUM(amount) FROM sales GROUP BY city ORDER BY 2 DESC";
    let material = Material { texts: texts(&[solution]), ..Material::default() };
    let reply =
        "Like this:\n```sql\nselect city, sum(amount)\nfrom sales\ngroup by city\norder by 2 desc;\n```\nClear?";
    assert_eq!(guarded(&material, reply), format!("Like this:\n{WITHHELD}\nClear?"));
    assert!(!is_withheld(&material, "```sql\nSELECT name FROM people GROUP BY name\n```\n"));
}

#[test]
fn without_hidden_material_nothing_is_held_for_a_moment() {
    let mut guard = Guard::new(&Material::default());
    assert_eq!(guard.push("Wel"), "Wel");
}

#[test]
fn a_finished_sentence_is_let_go_at_a_pause() {
    let mut guard = Guard::new(&answer("7", ""));
    assert_eq!(guard.push("Look at the rows."), "");
    assert!(guard.is_holding());
    assert_eq!(guard.pause(), "Look at the rows.");
    guard.push(" The answer is 7.");
    assert_eq!(guard.pause(), "", "7. may go on as a number");
    assert_eq!(guard.finish(), format!(" {WITHHELD} "));
}

fn reply() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("The answer is "),
        Just("7"),
        Just("photosynthesis"),
        Just(". "),
        Just("\n"),
        Just("\n\n"),
        Just("**"),
        Just("```\n"),
        Just("Look at the table"),
        Just("- "),
        Just("3.5"),
        Just("group the rows by city before you sum"),
        Just("? "),
        Just("B")
    ];
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

fn material() -> Material {
    Material {
        answers: texts(&["7", "photosynthesis", "B"]),
        texts: texts(&["Group the rows by city before you sum up the sales."]),
        visible: texts(&["Which table? A) one B) two"]),
        ..Material::default()
    }
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_reply(text in reply(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let characters: Vec<char> = text.chars().collect();
        let mut places: Vec<usize> = cuts.iter().map(|place| place.index(characters.len() + 1)).collect();
        places.extend([0, characters.len()]);
        places.sort_unstable();
        let mut guard = Guard::new(&material());
        let mut shown = String::new();
        for pair in places.windows(2) {
            shown.push_str(&guard.push(&characters[pair[0]..pair[1]].iter().collect::<String>()));
        }
        shown.push_str(&guard.finish());
        prop_assert_eq!(&shown, &guarded(&material(), &text));
        prop_assert!(!shown.contains("photosynthesis"));
    }

    #[test]
    fn pauses_anywhere_let_nothing_through(text in reply(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let characters: Vec<char> = text.chars().collect();
        let mut places: Vec<usize> = cuts.iter().map(|place| place.index(characters.len() + 1)).collect();
        places.extend([0, characters.len()]);
        places.sort_unstable();
        let mut guard = Guard::new(&material());
        let mut shown = String::new();
        for pair in places.windows(2) {
            shown.push_str(&guard.push(&characters[pair[0]..pair[1]].iter().collect::<String>()));
            shown.push_str(&guard.pause());
        }
        shown.push_str(&guard.finish());
        prop_assert!(!shown.contains("photosynthesis") && !shown.contains("The answer is 7. "), "{}", shown);
    }
}
