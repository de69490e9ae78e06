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
