# Everything the pages say in English. $n is a number to choose a plural by, $shown is that number as it is written.

language-name = English
language-en = English
language-ru = Russian

## Around every page

skip-to-content = Skip to content
search-label = Search for music
search-placeholder = Artist, release, track
search-button = Search
nav-person = You
nav-menu = Menu
nav-browse = Browse
nav-footer = More
nav-language = Language
nav-pages = Pages
footer-promise = { $storefront }: music in the format you choose, yours to keep, free of DRM.
pager-first = First page
pager-next = Next page

notice-owned-already = All of this is yours already in this format, so nothing was bought again. Here are the files.
notice-in-album-already = It is in your basket already, with the album.
notice-added-to-basket = In your basket now.
notice-removed-from-basket = Taken out of your basket.
notice-voucher-redeemed = { $amount } added to your balance.
notice-discount-redeemed = The voucher is yours: your next order is cheaper by itself.
notice-gift-bought = Your gift is on its way, or waits for its day.
notice-gift-cancelled = The gift was cancelled; its money is back on your balance.
notice-order-placed = Thank you. Your files are being made; you can start downloading now.
notice-password-changed = Your password is changed.
notice-settings-saved = Saved.
notice-signed-out = You are signed out.
notice-signed-out-everywhere = You are signed out everywhere.
notice-welcome = Welcome! Your account is ready.

tracks-count = { $n ->
    [one] { $shown } track
   *[other] { $shown } tracks
}
releases-count = { $n ->
    [one] { $shown } release
   *[other] { $shown } releases
}

## Home, search, artist, listings

home-title = Music to keep
home-lead = Choose your format, see the price before you pay, and keep the files for good.
home-new = New releases
home-all-releases = All releases
home-genres = Genres
home-empty = Nothing is on sale yet. The first release will appear here.

search-title = Search
search-results = Results for “{ $query }”
search-kinds = What to search for
search-all = Everything
search-releases = Releases
search-artists = Artists
search-tracks = Tracks
search-labels = Labels
search-suggestions = Suggestions
search-an-artist = artist
search-a-label = label
search-a-release = release
search-a-track = track
search-no-words = Type a name or a title into the field above.
search-by-sound = Nothing is spelled “{ $query }”. These sound like it.
search-by-keys = Nothing is called “{ $query }”. These are what the same keys write on the other keyboard.
search-by-typos = Nothing is called exactly “{ $query }”. These are similar.
search-by-some-words = Nothing has all of these words: “{ $query }”. These have some of them.
search-all-results = Show all results again
search-nothing = Try fewer words, or only the beginning of one.

artist-kicker = Artist
artist-releases = Releases
artist-appearances = Appears on
artist-no-releases = Nothing by this artist is on sale at the moment.

listing-newest = New releases
listing-empty = Nothing here at the moment.

## Release

release-released = Released
release-label = Label
release-genre = Genre
release-master = Master
release-gtin = Barcode
medium-title = Disc { $number }
format-label = Format
format-class-lossy = Compact
format-class-lossless = Lossless
format-class-hires = Hi-res
format-show-prices = Show prices
price-per-megabyte = { $price } per MB of sound.
price-range-promise = The exact size is known once the files are made. You never pay more than the upper price.
price-unavailable = Not available in this format. Please choose another.
price-failed = Could not get the price. Please try again.
price-up-to = up to { $price }
buy-album = Buy album
buy-track = Buy
buy-track-named = Buy “{ $title }”
basket-add = Add to basket
basket-add-named = Add “{ $title }” to the basket
basket-owned = This is yours already in this format.
basket-owned-text = Nothing has to be bought again; another format can be chosen above.
basket-owned-files = To the files
in-basket-named = “{ $title }” is in your basket
item-within = In the album
in-basket = In your basket
preview-named = Preview of “{ $title }”
track-from = from { $release }

## Basket and buying

basket-title = Basket
buy-title = Buy now
basket-empty = Your basket is empty.
basket-look-around = Look around
basket-remove = Remove
basket-remove-named = Remove “{ $title }”
basket-code = Promotion code
basket-code-use = Use
basket-code-applies = The code is taken off.
basket-code-idle = The code is right, but takes nothing off what is here.
basket-sum = Summary
basket-size = Size
basket-total = Total
basket-balance = Your balance
basket-balance-after = Balance afterwards
basket-missing = You are { $missing } short.
basket-missing-text = Top up your balance; your basket stays as it is.
basket-redeem = Top up
basket-sign-in = Sign in to buy
basket-no-account = No account yet?
basket-buy = Buy for up to { $price }
basket-buy-exact = Buy for { $price }
basket-at-once = Your files are made as soon as you buy.
basket-consent = By buying you agree that delivery starts at once.
basket-no-total = Not everything here is available as { $format }. Choose another format, or remove what does not fit.

reason-per-megabyte = { $price } per MB
reason-fixed = { $price } for this track, whatever it weighs
reason-fixed-release = { $price } by the album’s fixed price, whatever it weighs
reason-off = −{ $rate }: { $amount }
reason-discount = { $why } ({ $off })
reason-spent = For { $spent } spent so far
reason-code = Code
reason-first-order = First order
reason-happy-hour = Happy hour
reason-means = For the way you topped up
reason-promotion = Promotion
reason-voucher = Your voucher
reason-capped = Discounts of { $asked } stop at one third ({ $off })
reason-floor = Least price set by the rights holder: +{ $raised }
reason-paid-before = You own it as { $format }: you pay the difference (−{ $paid })
reason-owned = You own this: free for ever
reason-tax-included = Tax of { $rate } included: { $tax }
reason-tax-added = Tax of { $rate }: +{ $tax }
reason-size-unknown = Size estimated; the upper price is the most you pay
reason-made-before = Size known

## Balance

balance-title = Balance
balance-held = { $amount } more is set aside for files still being made.
balance-promotional = From the shop, spent first
balance-voucher = From vouchers
balance-purchased = Purchased
voucher-title = Redeem a voucher
voucher-code = Voucher code
voucher-hint = Dashes and capitals don’t matter.
voucher-redeem = Redeem
redeem-for-release = This voucher is for
redeem-format-hint = Formats that cost at most { $most } here; the voucher pays for all of it.
redeem-no-format = None of the formats costs at most { $most } at present. Please ask the shop; your voucher stays good.
redeem-release = Get it in this format
entries-title = Movements
entries-empty = No movements yet.
entries-when = Date
entries-what = What
entries-amount = Amount
entries-balance = Balance
entry-voucher-redeemed = Voucher
entry-release-redeemed = Voucher for a release
entry-gift = Gift
entry-gift-returned = Gift returned
entry-credited = Credit from the shop
entry-held = Set aside
entry-held-paid = Paid
entry-held-partly-paid = Paid in part
entry-held-returned = Set aside, and given back
entry-charged = Charged for files
entry-released = Given back
entry-refunded = Refunded

## Downloads and orders

downloads-title = My Downloads
downloads-lead = You can start any download now: files still being made follow as they grow.
downloads-empty = Nothing here yet. What you buy stays here for good.
downloads-all-links = List of all links (.txt)
downloads-links = List of links (.txt)
downloads-zip = Download as ZIP
downloads-remade = Made anew with a newer encoder, free of charge.
downloads-refunded = { $amount } went back to your balance.
downloads-failed = This file could not be made. Your money is back on your balance.
state-queued = Waiting
state-encoding = Being made
state-ready = Ready
state-failed = Failed
state-refunded = Refunded

orders-title = Orders
orders-empty = No orders yet.
orders-order = Order
orders-state = State
orders-price = Price
order-title = Order { $id }
order-number = Order { $id }
order-track = Track
order-charged = Paid
order-held = Still set aside
order-zip = { $title } as ZIP
order-bytes-hint = Sizes are those of the sound, which is all you pay for. Tags and cover are free.
order-state-held = In progress
order-state-charged = Paid
order-state-part-charged = Partly paid
order-state-refunded = Refunded

## Account

field-email = E-mail
field-password = Password
field-new-password = New password
field-present-password = Current password
field-password-hint = At least { $n ->
    [one] { $shown } character
   *[other] { $shown } characters
}. A few unrelated words make a good one.

sign-up-title = Sign up
sign-up-lead = An e-mail address and a password are all it takes.
sign-up-button = Create account
sign-up-have-account = Already have an account?
sign-in-title = Sign in
sign-in-button = Sign in
sign-in-forgot = Forgot your password?
sign-in-no-account = New here?
sign-out = Sign out
sign-out-everywhere = Sign out everywhere
reset-title = Reset your password
reset-lead = We will send you a link to choose a new one.
reset-button = Send the link
reset-sent = If { $email } has an account here, a link is on its way to it. Please look into your mail, also among the junk.
new-password-title = Choose a new password
new-password-button = Change password
new-password-again = Send a new link

account-title = Account
account-settings = Settings
account-language = Language of our mails
account-language-hint = Pages follow the language you choose at the foot of the page.
account-save = Save
account-password = Password
account-sessions = Signed in
account-sessions-count = { $n ->
    [1] Only here.
    [one] On { $shown } device, counting this one.
   *[other] On { $shown } devices, counting this one.
}

## When a form is refused

refusal-required = Please fill this in.
refusal-email-malformed = This does not look like an e-mail address. Please check it.
refusal-email-taken = There is already an account with this address. Sign in, or reset the password.
refusal-credentials-wrong = E-mail and password do not match. Please try again.
refusal-password-short = Too short: please use at least { $n ->
    [one] { $shown } character.
   *[other] { $shown } characters.
}
refusal-password-long = Too long: please use at most { $n ->
    [one] { $shown } character.
   *[other] { $shown } characters.
}
refusal-password-wrong = This is not your current password.
refusal-amount-malformed = This is no amount that fits here. Write it like 0.02.
refusal-code-used = You have used this code already.
refusal-code-unknown = There is no such code, or it does not hold now.
refusal-voucher-unknown = We don’t know this code. Please check it for typing mistakes.
refusal-voucher-used = This voucher has already been redeemed.
refusal-voucher-expired = This voucher has expired.
refusal-voucher-stopped = The shop has stopped this voucher. Ask whoever gave it to you.
refusal-voucher-elsewhere = This voucher belongs to another shop.
refusal-voucher-abroad = This voucher is for buyers of another country. If that is where you are, say so in your billing address.
refusal-purchased-short = Gifts are paid from purchased credit alone: { $missing } are missing.
refusal-too-many-gifts = That is as many gifts as one person can buy in a day. Please come back tomorrow.
refusal-gift-too-late = This gift cannot be cancelled any more.
refusal-date-wrong = Please choose a day from today on, at most a year ahead.
refusal-text-long = { $n ->
    [one] At most { $shown } character.
   *[other] At most { $shown } characters.
 }
refusal-link-expired = This link is used up or too old. Please ask for a new one.
refusal-format-unavailable = Not available in this format. Please choose another.
refusal-balance-short = Nothing was bought: you are { $missing } short. Redeem a voucher and try again.
refusal-price-changed = Nothing was bought: the price has changed. Please look at the new one below.
refusal-form-expired = This page was open too long. Please send the form again.
refusal-nothing-to-buy = There is nothing to buy here any more.
refusal-basket-full = Your basket is full: it holds { $n ->
    [one] { $shown } item
   *[other] { $shown } items
}. Buy or remove something first.
refusal-too-many-attempts = Too many attempts. Please wait { $n ->
    [one] a minute
   *[other] { $shown } minutes
} and try again.

## Trouble

withdrawn-kicker = Not sold any more
withdrawn-text = This release has left the shop.
withdrawn-owned = What you bought of it stays yours, in My Downloads.
withdrawn-sign-in = Did you buy it? Your files are still yours.
withdrawn-more-by = More by { $artist }
error-403 = Not allowed
error-403-text = You may not do this. Sign in with another account, or go back and try again.
error-404 = Not found
error-404-text = There is nothing at this address, or it is no longer on sale. Search for it, or start from the home page.
error-405 = Not that way
error-405-text = This address does not take such a request. Please start from the home page.
error-410 = Gone
error-410-text = This link was used up or taken back. You find fresh links under My Downloads.
error-429 = A little slower, please
error-429-text = That was too many requests in a short time.
error-4xx = This did not work
error-4xx-text = The shop could not read this request. Go back and try again.
error-500 = Our mistake
error-500-text = Something went wrong on our side. Nothing was charged twice; please try again in a moment.
error-503 = Back in a moment
error-503-text = The shop is busy or being restarted. Please try again shortly.
error-wait = Please wait { $n ->
    [one] { $shown } second.
   *[other] { $shown } seconds.
}
error-request-id = If it goes on, tell the shop this number: { $id }
error-stale = This page was open for too long
error-stale-text = You signed in or out meanwhile, in another tab perhaps, so nothing was sent. Open the page again and send it from there.
error-back = Open the page again
error-home = To the home page

api-title = API
api-lead = Everything this shop does can be done by a program as well. The catalogue needs no token; buying does.
api-contents = Contents
api-document = OpenAPI document, version { $version }

## The operator's pages

operator-title = Operator
operator-menu = The operator’s pages
operator-lead = What you set here holds from the next order on. Everything can also be set over the API and by a file.
operator-id = Id
operator-name = Name
operator-storefront = Storefront
operator-tariffs = Tariffs
operator-tariffs-about = What a megabyte costs, by class of formats, tier of releases, and period.
operator-apply = Set by file
operator-apply-about = Paste a settings file, see what it would change, and apply it.
tariffs-lead = The tariff that says most holds: tier and class first, then tier, then class, then the general one.
tariffs-empty = No tariff yet: everything costs two cents per MB.
tariff-all = All
tariff-tier = Tier
tariff-period = Period
tariff-price = Price per MB
tariff-set = General price
tariff-set-hint = Like 0.02. Holds from now on for everything that no other tariff names; orders placed before keep theirs.
tariff-set-button = Set the price
tier-new = New
tier-catalogue = Catalogue
tier-free = Free
tier-by-age = By its date
promotions-title = Promotions
promotions-lead = All that fit a track are added up and stop at one third off its list price. Promotions, floors and fixed prices are set by file:
promotion-when = For what
promotion-off = Discount
promotion-spent = Sum spent
promotion-everything = Everything
promotion-once = Once for each listener
promotion-means = Topped up by { $names }
promotion-means-stripe = card
promotion-means-transfer = bank transfer
promotion-means-voucher = voucher
promotion-means-credit = credit given
promotion-genres = Genres: { $names }
promotion-labels = Labels: { $names }
promotion-releases = Releases: { $names }
promotion-and-more = { $count } more
weekday-mon = Mon
weekday-tue = Tue
weekday-wed = Wed
weekday-thu = Thu
weekday-fri = Fri
weekday-sat = Sat
weekday-sun = Sun
promotion-rung = { $rate } from { $spent }
floors-title = Floors
floor-per-track = Least per track
floor-per-mb = Least per MB
floor-recording = Recording
release-prices-title = Releases with prices of their own
release-price-whole = Whole release
release-price-track = Single track
period-always = Always
period-from = From { $from }
period-until = Until { $until }
period-between = { $from } to { $until }
apply-lead = The same file as for “gramovar apply”. It is applied whole or not at all, and applied twice it changes nothing.
apply-text = Settings (TOML)
apply-hint = docs/sample-apply.toml shows every section with comments.
apply-now = Show all that is set now: tariffs, promotions, floors, prices, licences, shares, payees, vouchers, payments, tax, consents
apply-try = See what would change
apply-apply = Apply
apply-simulate = Simulate
simulate-legend = Try prices on past orders
simulate-hint = Nothing changes: it says what the orders of these days would have cost under the prices above.
simulate-from = From
simulate-until = Until before
simulate-no-days = Write two days like 2026-10-01, the second after the first.
simulated-title = Past orders under these prices
simulated-lead = What was ordered from { $from } until { $until }, and what it would have cost.
simulated-what = What
simulated-tracks = Tracks
simulated-before = Charged
simulated-after = Would have been
simulated-change = Change
simulated-buyers = { $n ->
    [one] { $shown } buyer in all
   *[other] { $shown } buyers in all
}
simulated-dearer = { $n ->
    [one] { $shown } would have paid more
   *[other] { $shown } would have paid more
}
simulated-cheaper = { $n ->
    [one] { $shown } would have paid less
   *[other] { $shown } would have paid less
}
apply-refused = Nothing was applied. Line { $line }:
apply-would = This would change
apply-did = Changed
apply-nothing = Nothing: it stands like that already.
apply-new = new

## Vouchers on paper

sheet-title = Vouchers { $batch }
sheet-money = { $amount } for music
sheet-percent = { $percent } off your next order
sheet-how-at = Enter the code at { $address }, or point a telephone’s camera at the picture.
sheet-how = Enter the code at { $shop }: Balance, Redeem a voucher.
sheet-until = Good until { $moment }.
## Statements of those who are paid

statements-title = Statements
statements-lead = What was sold of your rights and what is owed to you. Each month is closed once and never changes.
statements-nobody = You read nobody’s statements. If sales should make something due to you, ask the shop.
statements-owed = owed now
statements-months = Closed months
statements-empty = No month is closed yet.
statements-paid = Paid
statement-title = Statement
statement-lines = What was sold
statement-month = Month
statement-payee = For
statement-from = From
statement-number = Number
statement-closed = Closed
statement-brought = Brought forward
statement-due = Due
statement-owed = Owed
statement-papers = Files
statement-recording = Recording
statement-label = Label
statement-units = Units
statement-bytes = Bytes
statement-gross = Gross
statement-discount = Discount
statement-tax = Tax
statement-base = Base
statement-rate = Rate
statement-share = share
statement-sum = Sum
statement-note = Gross is the price after discount with tax, whichever credit paid it. Each sale’s due is rounded to a millionth and is no less than the licence’s minimum, so a line may differ from base times rate. Refunds are taken off.
paper-csv = CSV
paper-pdf = PDF
paper-dsr = DDEX DSR
payout-reference = Reference
plot-months = By month
plot-territories = By territory
plot-formats = By format
plot-of-territory = Territory
plot-of-format = Format
plot-due = Due
plot-table = The same as a table
plot-paid-in = Paid in
plot-measure = { $what }, { $currency }
operator-royalties = Royalties
operator-royalties-about = Payees, licences and shares, monthly statements, and payments out.
royalties-lead = Payees, licences and shares are set over the API or here:
royalties-refused = Nothing was done.
royalties-none = None yet.
royalties-payees = Payees
royalties-licences = Licences
royalties-shares = Shares
royalties-kind = Sort
royalties-reader = Reads the statements
royalties-minimum = Minimum for a track
royalties-of = Of
royalties-holders = Holders
royalties-close = Close a month
royalties-close-hint = Like 2026-10. What is captured later falls into the next month.
royalties-close-running = This month is not over: what is captured from now on falls into the next.
royalties-close-earlier = An earlier month is still open: its sales would stand in this one’s statements, and it could not be closed any more.
royalties-close-final = This cannot be undone.
royalties-close-sure = I want to close it all the same
royalties-close-button = Close
royalties-pay = Note a payment
royalties-pay-hint = Like 10.00; at most what is owed.
royalties-pay-button = Note it
payee-society = Society
payee-label = Label
payee-artist = Artist
payee-publisher = Publisher
licence-society = Society
licence-direct = Direct deal
base-gross = of gross
base-net = of net
shares-track = Track
shares-isrc = ISRC
shares-release = Release
shares-label = Label
shares-storefront = Everything else
## Topping up

topup-heading = Top up
topup-owed = A payment of yours was taken back after you had spent it: you owe the shop { $amount }. The next top-up pays that first.
topup-none = For now the balance can be topped up by voucher: no other way of payment is set up for your country and currency.
topup-amount = Amount
topup-other = Another amount
topup-other-amount = Which amount
topup-between = Between { $min } and { $max }.
topup-way = Way of payment
topup-voucher-too = Or redeem a voucher: the form for it is on this page.
topup-submit = Go on
way-stripe = Card
way-stripe-hint = and other ways, on the page of our payment provider Stripe.
way-voucher = Voucher
way-transfer = Bank transfer
way-transfer-hint = You transfer from your bank; the balance grows once it has arrived.
way-bonus = { $percent } % comes on top.
topups-title = Top-ups
topup-state = State
topup-title = Top-up
topup-pending = Not paid yet.
topup-posted = It is on your balance.
topup-failed = It came to nothing. What you may have paid goes back to where it came from.
topup-expired = Nobody paid in time. What arrives later is put on your balance all the same.
topup-go-and-pay = Go and pay { $amount }
topup-until = Until { $until }.
topup-received = Arrived
topup-settled = Of it, paid what you owed
topup-bonus = On top, as a gift
topup-disputed = Frozen or taken because of a dispute
topup-refunded = Went back to you, or is on its way
topup-back = Back to your balance
transfer-how = How to transfer
transfer-reference = Reference, to be written on the transfer
transfer-to = Transfer to:
refund-lead = What you have not spent goes back to where it came from, never to others. If a bonus came with it, that goes back too.
refund-ask = Get { $amount } back
notice-refund-begun = The money is on its way back to you.
entry-topped-up = Top-up
entry-paid-back = Back to you
entry-paid-back-failed = Came back to us
entry-disputed = Disputed payment
refusal-amount-out-of-range = A top-up is between { $min } and { $max }.
refusal-day-limit = That is more than may be topped up within a day. { $left } are left today.
refusal-way-not-offered = This way of payment is not offered to you here. Choose another.
refusal-provider-busy = The payment provider does not answer at the moment. Nothing was paid; try again in a moment.
refusal-provider-refused = The payment provider refused. Nothing was paid; choose another way.
refusal-nothing-to-refund = Of this top-up { $left } are unspent.
topup-product = Balance with { $shop }

operator-payments = Payments
operator-payments-about = Transfers that are awaited, refunds that wait for you, disputes, and a listener’s top-ups.
transfers-title = Awaited transfers
transfers-empty = No transfer is awaited.
refund-came-as = Came as
refund-topup = Top-up
refunds-over = The last that ended
refund-done = Sent
refund-failed = Not sent, back on the balance
refunds-title = Refunds to be sent by you
refunds-empty = Nothing waits to be sent.
transfer-confirm = A transfer arrived
transfer-arrived = What arrived
transfer-confirm-button = Put it on the balance
payment-ref = Your bank’s name for the payment
payment-ref-hint = It makes the payment count once. A second payment for the same reference has another name.
refund-was-sent = I have sent it
payment-whose = Whose
refund-why-not = Why it cannot be sent
refund-not-sent = Put it back on the balance
disputes-title = Disputes
disputes-empty = Nobody disputes a payment.
disputes-lead = They are answered at the provider. What is left of the payment is frozen until then.
dispute-frozen = Frozen or taken
dispute-owed = Owed
dispute-inquiry = The bank asks
dispute-open = Open: answer at the provider
dispute-won = Won
dispute-lost = Lost
payments-of = A listener’s top-ups
payments-email = E-mail address of the listener
payments-look-up = Look up
payments-nobody = There is nobody of this address.
payments-none = No top-up so far.
refund-amount = What goes back to the payer
refund-amount-hint = Up to { $amount } is unspent. Empty: all of it.
refund-by-operator = Give it back

## Gifts

gifts-title = Gifts
gifts-lead = Give somebody music: you choose the amount, a few words and the day, and we send the code by mail.
gifts-given = Gifts you gave
gifts-empty = None so far.
gift-when = To be sent
gift-recipient = To
gift-state = State
gift-amount = Amount
gift-amount-hint = From 1 to 500, like 10.00.
gift-give = Give a voucher
gift-purchased = Gifts are paid from what you purchased: { $amount }.
gift-recipient-email = E-mail address of who gets it
gift-from = From
gift-from-hint = Your name as the letter says it.
gift-message = Your words (may be left out)
gift-send-on = Day
gift-send-on-hint = The letter leaves at the day’s beginning (UTC); without a day, at once.
gift-language = Language of the letter
gift-button = Buy and send
gift-cancel = Cancel
gift-cancel-to = Cancel the gift to { $recipient }
gift-state-waiting = waits for its day
gift-state-sending = is being sent
gift-state-sent = sent
gift-state-redeemed = redeemed
gift-state-cancelled = cancelled
gift-state-failed = could not be delivered; the money came back

## The operator’s vouchers

operator-vouchers = Vouchers
operator-vouchers-about = Batches of codes: worth money, a discount or a release; printed, stopped, looked up.
operator-id-hint = 1 to 64 of a–z, 0–9 and the hyphen.
code-lookup = Look up a code by its serial number
code-lookup-hint = It stands under the code, like spring-00042.
code-lookup-button = Look up
code-lookup-nothing = There is no code with this serial number.
batches-empty = No vouchers so far.
batch-title = Vouchers { $id }
batch-worth = Worth
batch-state = State
batch-redeemed = Redeemed
batch-open = Open
batch-stopped = Stopped
batch-expired = Expired
batch-owed = Owed
batch-gifts = gifts of listeners
batch-declare = New batch
batch-declare-button = Declare
batch-refused = Not as it stands:
batch-sort = What a code brings
batch-sort-money = Money
batch-sort-percent = A discount on the next order
batch-sort-release = A release
batch-value = Value of a code
batch-value-hint = Like 10.00. For a release: the most that it may cost. Empty for a discount.
batch-discount = Discount, per cent
batch-discount-hint = At most a third. Only for a discount.
batch-release = Release
batch-release-hint = Its id, the last part of its page’s address. Only for a release.
batch-count = Codes
batch-expires = Good until
batch-expires-hint = From the beginning of this day (UTC) a code is worth nothing. Empty: always good.
batch-reseller = Sold by
batch-margin = Reseller’s margin, per cent
batch-note = Note
batch-refundable = May be refunded in money
batch-taxed-in = Taxed in
batch-taxed-in-hint = Only for a release: a country like DE, where alone it can be redeemed. Its tax is due as soon as the codes are made. Leave it empty to tax when it is spent.
batch-yes = yes
batch-state-declared = Declared, no codes yet
batch-state-printed = In circulation
batch-state-stopped = Stopped
batch-state-expired = Expired
batch-no-codes = There are no codes yet.
batch-print-lead = The codes are shown once, on the next page. Nobody can read them again.
batch-print = Make the codes
batch-remove = Remove the batch
batch-stop-lead = Stopped codes are worth nothing any more. This cannot be taken back.
batch-stop = Stop what is open
code-serial = Serial number
code-by = Redeemed by
code-when = When
code-state-open = open
code-state-redeemed = redeemed
code-state-stopped = stopped
code-state-expired = expired
codes-title = Codes of { $id }
codes-lead = These codes are shown this once. Save them now: only their hashes are kept.
codes-pdf = Sheets to print (PDF)
codes-csv = Table (CSV)
