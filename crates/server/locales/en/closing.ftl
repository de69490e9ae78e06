# Closing one's own account.
close-title = Close my account
close-button = Close my account for good
close-at-once = It ends at once, on all devices, and cannot be opened again. You can sign up anew with the same address.
close-downloads = What you bought can no longer be downloaded, and links that you have stop working. Save your files first:
close-forgotten = We forget your address, password, invoice details, wishes, whom you follow and to whom you sent gifts. No more letters come.
close-kept = Receipts, credit notes and the books stay, since the law asks for them; they name you by what stands on them.
close-reviews = Your reviews stay without your name.
close-in-the-way = Not yet
close-give-up = I give up the { $amount } that are left on my balance. This credit is not refundable in money.
close-give-up-refused = Tick this, or spend the credit first.
notice-account-closed = Your account is closed. Thank you for having listened with us.
standing-closed = Closed
listener-closed = Closed account
entry-given-up = Given up
