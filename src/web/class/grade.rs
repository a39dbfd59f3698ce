//! Where a grade is, in a word and a sentence for those who teach.

use app::model::class::GradeWord;

use crate::grades::standing::{Delivery, DeliveryState};

/// The word and what is behind it: cause and remedy.
pub fn word(delivery: &Delivery) -> GradeWord {
    let (kind, word) = match delivery.state {
        DeliveryState::NothingYet => ("none", "nothing yet"),
        DeliveryState::Waiting => ("waiting", "on its way"),
        DeliveryState::Sent => ("good", "sent"),
        DeliveryState::Refused => ("bad", "refused"),
    };
    GradeWord { kind, word: word.to_owned(), sentence: delivery.reason.clone().unwrap_or_default() }
}

/// Whether somebody should look at it: it was refused, or waits for a reason.
pub fn is_stuck(delivery: &Delivery) -> bool {
    match delivery.state {
        DeliveryState::Refused => true,
        DeliveryState::Waiting => delivery.reason.is_some(),
        DeliveryState::NothingYet | DeliveryState::Sent => false,
    }
}
