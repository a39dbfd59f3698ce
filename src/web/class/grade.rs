//! Where a grade is, in a word and a sentence for those who teach.

use app::model::class::GradeWord;

use crate::grades::standing::{Delivery, DeliveryState};

/// The word and what is behind it: cause and remedy.
pub fn word(delivery: &Delivery) -> GradeWord {
    let (kind, word) = match delivery.state {
        DeliveryState::NothingYet => ("none", "nothing yet"),
        DeliveryState::Waiting => ("waiting", "on its way"),
        DeliveryState::Paused => ("waiting", "held back"),
        DeliveryState::Sent => ("good", "sent"),
        DeliveryState::Confirmed => ("good", "in the gradebook"),
        DeliveryState::Differs => ("bad", "shown otherwise"),
        DeliveryState::Refused => ("bad", "refused"),
    };
    let said = [&delivery.reason, &delivery.remedy].into_iter().flatten();
    let sentence = said.map(String::as_str).collect::<Vec<_>>().join(" ");
    GradeWord { kind, word: word.to_owned(), sentence }
}

/// Whether somebody should look at it: it was refused, waits for a reason, or the gradebook shows something else.
pub fn is_stuck(delivery: &Delivery) -> bool {
    match delivery.state {
        DeliveryState::Refused | DeliveryState::Differs => true,
        DeliveryState::Waiting => delivery.reason.is_some(),
        DeliveryState::NothingYet | DeliveryState::Paused | DeliveryState::Sent | DeliveryState::Confirmed => false,
    }
}
