//! Which place each file takes on its release. Pure rules.
//!
//! A file takes the disc and number that its tags say. Where two want the same place the first keeps it, and the other
//! keeps the place it has, if it has one, else it goes to the end of the disc, and is told so. Files without a number keep
//! their place or go to the end in the order of their names.

use std::collections::BTreeSet;

/// What a file wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub medium: u32,
    pub number: Option<u32>,
    /// The place its track has had so far.
    pub now: Option<(u32, u32)>,
    /// An earlier file that is the same track.
    pub same_as: Option<usize>,
}

/// What it got, and what should be said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Placed {
    pub place: (u32, u32),
    pub message: Option<String>,
}

/// Gives every wish a place; `occupied` are those of other tracks.
pub(super) fn assign(wishes: &[Wish], occupied: &BTreeSet<(u32, u32)>) -> Vec<Placed> {
    let mut taken = occupied.clone();
    let mut placed: Vec<Option<Placed>> = vec![None; wishes.len()];
    let own = |wish: &&(usize, &Wish)| wish.1.same_as.is_none();
    let numbered: Vec<(usize, &Wish)> = wishes.iter().enumerate().collect();
    for (at, wish) in numbered.iter().filter(own) {
        let wanted = wish.number.map(|number| (wish.medium, number));
        if let Some(place) = wanted.filter(|place| taken.insert(*place)) {
            placed[*at] = Some(Placed { place, message: None });
        }
    }
    for (at, wish) in numbered.iter().filter(own) {
        if placed[*at].is_none() {
            let message = wish.number.map(|number| (wish.medium, number));
            let kept = wish.now.filter(|(medium, _)| *medium == wish.medium).filter(|place| taken.insert(*place));
            let place = kept.unwrap_or_else(|| at_the_end(&mut taken, wish.medium));
            let message = message.map(|(disc, number)| {
                format!("disc {disc} already has a track {number}; this one is number {}", place.1)
            });
            placed[*at] = Some(Placed { place, message });
        }
    }
    let places: Vec<Placed> = placed.into_iter().map(Option::unwrap_or_default).collect();
    let twin = |wish: &Wish, placed: Placed| match wish.same_as.and_then(|twin| places.get(twin)) {
        Some(twin) => Placed { place: twin.place, message: None },
        None => placed,
    };
    wishes.iter().zip(places.clone()).map(|(wish, placed)| twin(wish, placed)).collect()
}

fn at_the_end(taken: &mut BTreeSet<(u32, u32)>, medium: u32) -> (u32, u32) {
    let last = taken.range((medium, 0)..=(medium, u32::MAX)).next_back().map_or(0, |(_, number)| *number);
    let place = (medium, last.saturating_add(1));
    taken.insert(place);
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(medium: u32, number: impl Into<Option<u32>>, now: Option<(u32, u32)>) -> Wish {
        Wish { medium, number: number.into(), now, same_as: None }
    }

    fn places(wishes: &[Wish], occupied: &[(u32, u32)]) -> Vec<(u32, u32)> {
        assign(wishes, &occupied.iter().copied().collect()).into_iter().map(|p| p.place).collect()
    }

    #[test]
    fn files_take_the_places_that_their_tags_say() {
        assert_eq!(places(&[wish(1, 2, None), wish(2, 1, None), wish(1, 1, None)], &[]), [(1, 2), (2, 1), (1, 1)]);
    }

    #[test]
    fn files_without_a_number_follow_in_order() {
        assert_eq!(places(&[wish(1, None, None), wish(1, None, None)], &[]), [(1, 1), (1, 2)]);
        assert_eq!(places(&[wish(1, None, None), wish(1, 3, None)], &[]), [(1, 4), (1, 3)]);
    }

    #[test]
    fn the_second_of_two_with_one_number_goes_to_the_end_and_stays_there() {
        let first = assign(&[wish(1, 1, None), wish(1, 1, None), wish(1, 2, None)], &BTreeSet::new());
        assert_eq!(first[1].place, (1, 3));
        assert_eq!(first[1].message.as_deref(), Some("disc 1 already has a track 1; this one is number 3"));
        let again = [wish(1, 1, Some((1, 1))), wish(1, 1, Some((1, 3))), wish(1, 2, Some((1, 2)))];
        assert_eq!(places(&again, &[]), [(1, 1), (1, 3), (1, 2)]);
        assert_eq!(places(&again[1..2], &[(1, 1), (1, 2)]), [(1, 3)]);
    }

    #[test]
    fn two_tracks_can_change_places() {
        assert_eq!(places(&[wish(1, 2, Some((1, 1))), wish(1, 1, Some((1, 2)))], &[]), [(1, 2), (1, 1)]);
    }
}
