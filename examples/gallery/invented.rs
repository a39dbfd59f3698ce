//! An invented project, with a task of every kind.

use app::{
    model::{AnswerForm, ChoiceOption, TaskRow, TaskState},
    refusal::Refusal,
};
use ltt::web::markdown::{render, render_inline};

/// A task as its author wrote it.
pub struct Written {
    pub id: &'static str,
    pub parent: Option<&'static str>,
    pub title: &'static str,
    pub body: &'static str,
    pub kind: Kind,
    pub solution: &'static str,
    pub after: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Parent,
    Line,
    Essay,
    Number(&'static str),
    Choice(&'static [&'static str]),
    Several(&'static [&'static str]),
    List,
    Talk,
}

pub const HINTS: [&str; 3] = [
    "What does *every* value have to do with the result? Look at what the question calls “typical”.",
    "Write the values down in order first. Which of them would you name to a friend who asks for one number?",
    "Add all values and divide by how many there are: $\\bar{x} = \\frac{1}{n}\\sum_{i=1}^{n} x_i$.",
];

pub const TASKS: &[Written] = &[
    parent("unit-1", "What is typical?"),
    leaf("mean", "unit-1", "The mean of five waiting times", MEAN, Kind::Number("minutes"), "6", &[]),
    leaf(
        "median",
        "unit-1",
        "The median, and why a single long wait does not move it",
        "Five people waited 2, 3, 4, 5 and **60** minutes. What is the *median*?",
        Kind::Line,
        "4",
        &[],
    ),
    leaf(
        "compare",
        "unit-1",
        "Which one would you tell a friend?",
        COMPARE,
        Kind::Choice(&["The mean, $14.8$ minutes", "The median, $4$ minutes", "Either: they say the same"]),
        "option-2",
        &["mean", "median"],
    ),
    leaf(
        "talk",
        "unit-1",
        "Explain to the tutor what “typical” means",
        "Use the example of the waiting times. Say what would have to change for the two measures to agree.",
        Kind::Talk,
        "",
        &[],
    ),
    parent("unit-2", "How far apart?"),
    leaf("range", "unit-2", "Range and quartiles", "Give the range of `2, 3, 4, 5, 60`.", Kind::Number(""), "58", &[]),
    leaf(
        "spread",
        "unit-2",
        "Measures that an outlier moves",
        "Tick every measure that changes when the longest wait becomes ten times as long.",
        Kind::Several(&["mean", "median", "range", "interquartile range", "standard deviation"]),
        "option-1,option-3,option-5",
        &[],
    ),
    leaf(
        "outliers",
        "unit-2",
        "Name the outliers in the bus data of a whole week, with the rule of one and a half interquartile ranges",
        "Write each value that is an outlier.",
        Kind::List,
        "60",
        &["range"],
    ),
    parent("unit-3", "Show it"),
    leaf("chart", "unit-3", "Describe a chart in words", CHART, Kind::Essay, "", &[]),
    leaf(
        "mislead",
        "unit-3",
        "What is wrong with this chart?",
        "The axis begins at 95. Why does that mislead?",
        Kind::Essay,
        "",
        &["chart"],
    ),
    leaf(
        "report",
        "unit-3",
        "A report of half a page",
        "Write half a page for the transport office.",
        Kind::Essay,
        "",
        &["mislead", "outliers"],
    ),
];

const MEAN: &str = "Five people waited for the bus: **2, 3, 4, 5 and 16 minutes**.

Work out the *mean*, the value each of them would have waited if the total had been shared out evenly:

$$\\bar{x} = \\frac{x_1 + x_2 + \\dots + x_n}{n}$$

| person | minutes |
|---|--:|
| Ada | 2 |
| Ben | 3 |
| Chi | 4 |
| Dov | 5 |
| Eva | 16 |

```python
waits = [2, 3, 4, 5, 16]
sum(waits) / len(waits)
```

> A mean is not always a value that occurs.";

const COMPARE: &str = "A friend asks how long one *typically* waits. Which number serves them better, and which would the bus company rather print?";

const CHART: &str = "Look at the histogram of a week of waiting times. Describe it to somebody who cannot see it, in **three or four sentences**: shape, centre, spread, and anything odd.

1. Begin with the shape.
2. Then say where most values lie.
3. End with what surprises you.";

const fn parent(id: &'static str, title: &'static str) -> Written {
    Written {
        id,
        parent: None,
        title,
        body: "Work through these in any order; some open when others are done.",
        kind: Kind::Parent,
        solution: "",
        after: &[],
    }
}

const fn leaf(
    id: &'static str,
    parent: &'static str,
    title: &'static str,
    body: &'static str,
    kind: Kind,
    solution: &'static str,
    after: &'static [&'static str],
) -> Written {
    Written { id, parent: Some(parent), title, body, kind, solution, after }
}

impl Written {
    pub fn row(&self, state: TaskState) -> TaskRow {
        let is_parent = self.kind == Kind::Parent;
        TaskRow {
            id: self.id.into(),
            parent: self.parent.map(Into::into),
            depth: u32::from(self.parent.is_some()),
            title: self.title.into(),
            state,
            has_children: is_parent,
            points: (!is_parent).then_some(1.0),
            waits_for: Vec::new(),
        }
    }

    pub fn form(&self, had: u32) -> AnswerForm {
        match self.kind {
            Kind::Parent => AnswerForm::Children,
            Kind::Line => AnswerForm::Text { long: false, placeholder: None },
            Kind::Essay => AnswerForm::Text { long: true, placeholder: Some("A few sentences…".into()) },
            Kind::Number(unit) => AnswerForm::Number { unit: (!unit.is_empty()).then(|| unit.into()) },
            Kind::Choice(options) => AnswerForm::Choice { options: choices(options) },
            Kind::Several(options) => AnswerForm::Set { options: choices(options) },
            Kind::List => AnswerForm::Set { options: Vec::new() },
            Kind::Talk => AnswerForm::Conversation { needed: 3, had },
        }
    }

    pub fn body_html(&self) -> String {
        render(self.body)
    }
}

fn choices(texts: &[&str]) -> Vec<ChoiceOption> {
    let option =
        |(index, text): (usize, &&str)| ChoiceOption { id: format!("option-{}", index + 1), html: render_inline(text) };
    texts.iter().enumerate().map(option).collect()
}

pub fn refusal(error: &str, message: &str, status: u16) -> Refusal {
    Refusal { error: error.into(), message: message.into(), reference: "4TQ7-WX2M".into(), status }
}

pub fn expired() -> Refusal {
    refusal(Refusal::SESSION_EXPIRED, "This session has ended.", 401)
}
