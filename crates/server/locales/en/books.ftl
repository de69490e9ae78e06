# The operator's books: payment volume, trial balance.

operator-volume = Payment volume
operator-volume-about = What was paid in, went back and was spent, by month and country.
volume-range = { $from } – { $until }
volume-lead = A payment stands under the country that issued the card, or else where the payer was when he began to pay. What was spent stands under the country whose tax the purchase bore. Credit from vouchers and from the shop is no payment, and money sent back for it no refund, but it can be spent.
volume-empty = Nothing was paid or spent in these months.
volume-payments = Payments
volume-paid-in = Paid in
volume-refunded = Refunded
volume-disputed = Disputed
volume-net = Left
volume-spent = Spent
volume-none = Nobody paid anything in during these months.
volume-by-month = Paid in by month
volume-by-country = Paid in by country
volume-earlier = The months before

operator-ledger = Ledger
operator-ledger-about = The trial balance: what stands on every account.
ledger-now = As it stands now
ledger-at = As it stood on { $moment }
ledger-lead = Every movement takes from some accounts what it gives to others, so both sides are equal. Accounts of listeners are summed up.
ledger-moment = At the beginning of a day, or at a moment
ledger-moment-hint = Like 2026-11-01 or 2026-11-01T12:00:00Z; empty for now
ledger-show = Show
ledger-empty = Nothing is booked.
ledger-off = The sides differ by { $amount }. Run gramovar audit: it names what is wrong.
ledger-account = Account
ledger-whose = Whose
ledger-owes = Owed or earned
ledger-has = Held, given or outstanding
ledger-listeners = { $n ->
    [one] { $shown } listener
   *[other] { $shown } listeners
}
account-balance = Purchased credit
account-promotional = Credit given by the shop
account-voucher = Credit from vouchers
account-held = Purchased credit, held by orders
account-held-promotional = Given credit, held by orders
account-held-voucher = Voucher credit, held by orders
account-frozen = Frozen by disputes
account-receivable = Owed by listeners
account-top-up-clearing = At a provider of payments
account-refunds = Refunds on their way
account-disputes = Taken by disputes
account-tax-prepaid = Tax declared on vouchers not redeemed
account-write-off = Written off
account-voucher-liability = Vouchers not redeemed
account-voucher-clearing = What vouchers were given for
account-operator-credit = Cost of given credit
account-revenue = Revenue
account-tax = Tax to be paid
account-payable = Owed to rights holders
account-paid = Paid to rights holders
refusal-moment-malformed = Write a day like 2026-11-01, or a moment like 2026-11-01T12:00:00Z.

paper-reason-refund = The shop gave its price, or a part of it, back.
entry-price-back = Price given back
entry-transferred = Moved between accounts
entry-expired = Given credit, not spent in time
downloads-again = Buy it again
