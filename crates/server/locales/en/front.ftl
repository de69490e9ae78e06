# What stands around the shop: its texts, licences, news, and the notice when it is closed.

text-about = About
text-terms = Terms
text-privacy = Privacy
text-help = Help
text-of-release = Release notes
text-of-artist = Biography
text-of-label = Label
text-seller = Who sells
text-edit = Edit this text
text-see = Show
text-remove = Remove this text
footer-licence = { $name }, { $society }
footer-licence-number = { $name }, No. { $number }, { $society }

licence-title = Licence
licence-lead = What is sold here, is sold under these licences. What is due is booked with every sale.
licence-none = No licence is on record: what is sold here belongs to the seller, or to those who let him sell it.
licence-number = Number
licence-giver = Society
licence-holder = Rights holder
licence-paid = What is paid
licence-paid-gross = { $rate } of the price
licence-paid-net = { $rate } of the price without tax
licence-paid-minimum = { $paid }, at least { $minimum } for a track
licence-covers = Covers
licence-covers-rest = everything that no direct deal covers
licence-covers-all = everything sold here
licence-covers-label = recordings of { $label }
licence-period = In force
licence-always = without end
licence-from = since { $from }
licence-until = until { $until }
licence-between = { $from } to { $until }

news-title = News
news-empty = No news yet.
news-all = All news
feed = Feed

closed-title = Closed for maintenance
closed-wait = { $n ->
    [one] Come back in { $shown } minute.
   *[other] Come back in about { $shown } minutes.
}
closed-downloads = What you bought can be downloaded all the while:
closed-for-visitors = The shop is closed for visitors; you see it as an operator.

## The operator's pages

operator-texts = Texts and notice
operator-texts-about = About, terms, privacy, help; release notes and biographies; closing the shop for maintenance
operator-news = News
operator-news-about = What you tell your listeners, in every language, from a moment on
markdown-hint = Markdown: # heading, **bold**, *italic*, - list, [words](https://…). HTML is shown as text.
texts-all = All texts
texts-place = Text
texts-state = State
texts-see = Page
texts-own = yours
texts-standing = as it came with the program
texts-about-catalogue = Release notes, biographies and texts of labels are written from their pages.
notice-heading = Close for maintenance
notice-is-on = The shop is closed. Visitors read the message, downloads go on, operators see everything.
notice-is-off = The shop is open.
notice-message = Message
notice-retry = Come back after, in seconds
notice-on = Close the shop
notice-off = Open the shop
news-new = New post
news-edit = Edit post
news-id = Address
news-id-hint = The end of its address: small letters, digits, hyphens.
news-published = Published
news-published-hint = A day or a moment in UTC. Before it nobody sees the post.
news-post-title = Title
news-text = Text
news-not-out = not out yet
news-remove = Remove
news-remove-named = Remove “{ $title }”

# What can be had, what it costs exactly, who wrote it.
release-composer = Composer
composed-by = Music: { $names }
release-bought = Bought
release-download = Bought: download
track-bought-named = Bought: download “{ $title }”
track-unfit = not available in this format
format-instead = Not available as { $wanted }. Prices are for { $shown }.
format-unfit = { $n ->
    [one] { $shown } track cannot be had in this format; those that can are sold one by one.
   *[other] { $shown } tracks cannot be had in this format; those that can are sold one by one.
}
price-lowered = Lowered by what you paid for it before.
sizes-ask = Find out the exact price
sizes-going-on = Finding out the exact price: { $known } of { $tracks } tracks are measured.
sizes-late = { $known } of { $tracks } tracks are measured; the others take longer. Come back later, or buy: you never pay more than the upper price.
item-unfit = Not available as { $format }
item-unfit-tracks = { $n ->
    [one] { $shown } track
   *[other] { $shown } tracks
}
item-unfit-some = { $tracks } of it not available as { $format }
notice-unwished = It is off your wish list.
notice-sizes-busy = Too much is being measured at the moment. Please try again in a few minutes.
search-nothing-for = Nothing found for “{ $query }”
format-kbit = kbit/s
format-kbit-average = kbit/s on average
format-bit = bit
format-bit-float = bit float
format-level = level
format-hertz = Hz
format-standard = standard
format-extreme = extreme
format-insane = insane
format-constant = constant
format-fast = fast
format-high = high
format-normal = normal
format-class-usual = The usual choice
order-heading = Order of { $date }: { $what }
order-of = Order of { $date }
order-and-more = { $n ->
   *[other] and { $shown } more
}
