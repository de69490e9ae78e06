# Letters. Lines that begin with spaces belong to the text above them; a blank line stays one.

letter-reset-subject = Your new password
letter-reset-text =
    Hello,

    somebody, probably you, asked for a new password for the account with this e-mail address. This link lets you choose one; it works once, and for an hour:

    { $url }

    If it was not you, ignore this letter: nothing has changed.
