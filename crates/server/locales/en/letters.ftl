# Letters. Lines that begin with spaces belong to the text above them; a blank line stays one.

letter-reset-subject = Your new password
letter-reset-text =
    Hello,

    somebody, probably you, asked for a new password for the account with this e-mail address. This link lets you choose one; it works once, and for an hour:

    { $url }

    If it was not you, ignore this letter: nothing has changed.

letter-gift-subject = { $from } has a gift of music for you at { $shop }
letter-gift-text =
    Hello,

    { $from } gives you { $amount } for music at { $shop }. This is your code:

    { $code }

    Or open this link, sign in or sign up, and press the button:

    { $url }
letter-gift-failed-subject = Your gift could not be delivered
letter-gift-failed-text =
    Hello,

    your gift of { $amount } to { $recipient } could not be delivered. Its code was stopped, and the money is on your balance again.
letter-payment-inquiry = A bank asks about a payment
letter-payment-dispute-open = A payment is disputed: answer at the provider
letter-payment-dispute-won = A dispute was won
letter-payment-dispute-lost = A dispute was lost
letter-payment-second-payment = A second payment arrived for one top-up; it was posted too
letter-payment-wrong-currency = Money arrived in a currency that was not asked for; it is not posted
letter-payment-refund-failed = A refund came back
letter-payment-refund-by-hand = A refund waits for you to send it
letter-payment-given-back-elsewhere = The provider gave money back that nobody asked for here
letter-payment-card-refused = A card was used beyond its limits; the money goes back
letter-payment-amount = Amount: { $amount } { $currency }
letter-payment-listener = Listener: { $email }
letter-payment-names = Top-up { $topup }: { $detail }

# To listeners, about money that went back.
letter-refund-sent = { $amount } was sent back to you
letter-refund-sent-body = We sent { $amount } of your top-up back to where it came from. A bank may take some days to show it.
letter-refund-failed = { $amount } is back on your balance
letter-refund-failed-body = We could not send your refund. { $amount } is on your balance again.
letter-credit-note = { $amount } went back to your balance
letter-credit-note-body = { $amount } of what you paid for an order went back to your balance. The credit note is on the order’s page.
letter-money-reason = Reason: { $reason }
