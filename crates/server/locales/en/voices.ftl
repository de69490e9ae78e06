# What people say and want: reviews, wish list, following, picks.

reviews-title = Reviews
reviews-all = All reviews
reviews-empty = Nobody has said anything yet.
reviews-count = { $n ->
    [one] { $shown } review
   *[other] { $shown } reviews
}
rating-of-five = { $average } of 5
review-stars = { $n ->
    [one] { $shown } star
   *[other] { $shown } stars
}
review-by-listener = A listener
review-write = Write a review
review-yours = Your review
review-who = Those who bought something of this release can review it.
review-rating = Stars
review-choose = Choose
review-author = Name
review-author-hint = Stands beside your review. Left empty: “A listener”.
review-words = What you think
review-remove = Take it back
review-report = Report
review-refused-stars = Choose one to five stars.
review-refused-reason = Say what is wrong with it, in at most 500 characters.
review-refused-long = That is too long.
review-refused-own = This review is your own. You can change it or take it back.
review-refused-many = That is enough for today. Come back tomorrow.
report-lead = Tell the shop what is wrong with this review. An operator looks at it.
report-reason = What is wrong with it
report-button = Send
notice-wished = It is on your wish list now.
notice-followed = You follow now. A letter a week tells what is new.
notice-review-reported = Thank you. An operator will look at it.
together-title = Buyers of this also own
share-title = Share
share-link = Link
share-embed = Player for your page
embed-buy = Buy at { $storefront }
text-edit-release = Write release notes

wishes-title = Wish list
wishes-empty = Nothing on your wish list yet.
wish-add = Add to wish list
wish-remove = Remove from wish list
follow = Follow
follow-no-more = Unfollow
follow-no-more-named = Unfollow { $name }
follows-title = Following
follows-empty = You follow nobody yet. The pages of artists and labels have a button for it.
letters-heading = Letters about new releases
letters-on = Once a week, if there is something new of those you follow.
letters-off = You get no letters.
letters-stop = Stop the letters
letters-start = Send me letters
letters-stop-lead = No more letters about new releases of those you follow?
letters-stopped = You get no more letters. You still follow the same artists and labels.
picks-title = Editors’ picks
picks-empty = Nothing picked at the moment.

operator-reviews = Reviews
operator-reviews-about = What listeners say; reported ones first
review-hidden = hidden
review-hide = Hide
review-show = Show again
review-keep = Keep it
review-reports = { $n ->
    [one] { $shown } report
   *[other] { $shown } reports
}
operator-picks = Picks
operator-picks-about = Releases that you put forward, with a line or two
picks-now = Picked now
picks-add = Pick a release
picks-release = Release
picks-release-hint = Its id, or the address of its page.
picks-place = Place; the lower the earlier
picks-words = Why

letter-digest-subject = { $n ->
    [one] A new release of those you follow
   *[other] { $shown } new releases of those you follow
}
letter-digest-lead = New since the last letter:
letter-digest-follows = Whom you follow:
letter-digest-stop = No more of these letters:
