# Tax, receipts, consents, reports of bad files.


paper-receipt = Receipt { $number }, { $seller }
paper-invoice = Invoice { $number }, { $seller }
paper-credit-note = Credit note { $number }, { $seller }
paper-receipt-title = Receipt { $number }
paper-invoice-title = Invoice { $number }
paper-credit-note-title = Credit note { $number }
paper-as-pdf = Download as PDF
paper-json = Signed data (JSON)
paper-seller = Seller
paper-buyer = Buyer
paper-issued = Issued
paper-ordered = Ordered
paper-order = Order
paper-corrects = Corrects receipt
paper-reason = Reason
paper-reason-bad-file = The file was bad; its price went back to the balance.
paper-track = Recording
paper-bytes = Bytes of audio
paper-list = List price
paper-discount = Discount
paper-tax = Tax
paper-gross = Paid
paper-sum = Sum
paper-tax-at = Tax at { $rate }
paper-of-net = of { $net } net
paper-tax-number = Tax number { $number }
paper-paid-promotional = By credit from the shop
paper-paid-voucher = By voucher
paper-paid-purchased = By purchased credit
paper-evidence = Place of the buyer
paper-country = Country for tax
paper-card-country = Country of the card
paper-stated-country = Country as stated
paper-address-country = Country of the network address
paper-unknown = unknown
paper-contradicted = the evidence disagrees
paper-assumed = taken by default
paper-hashes = SHA-256 of the audio that was delivered
paper-verify = This paper is signed. Anybody can check it without the shop: gramovar receipt verify FILE.

order-papers = Papers
order-receipt = Receipt

consent-title = Before you buy
consent-supply = I agree
consent-law = I confirm (country: { $country })
consent-law-unknown = I confirm
refusal-consent-missing = Tick what you agree to, and send the order again.
refusal-country-unknown = Say in which country you are: in your account, under details for papers.

billing-title = Details for papers
billing-lead = Your receipts are made out to what you write here. The country also says which tax you pay.
billing-country = Country
billing-country-hint = Two capital letters, like DE, FR or US
billing-country-none = Not stated
billing-name = Name or company
billing-address = Address
billing-tax-number = Tax number
billing-tax-number-hint = Printed on your papers; tax is charged all the same
refusal-country-malformed = This is no country. Write two capital letters, like DE.
refusal-too-long = This is too long.
consents-title = What you agreed to
consents-none = Nothing so far.
consent-kind-immediate_supply = Supply at once
consent-kind-lawful_country = Buying is lawful where I am
consent-version = version { $version }

defect-report = Report a bad file
defect-report-named = Report a bad file: “{ $title }”
bad-file-question = What is wrong?
bad-file-breaks = It does not play, or breaks off
bad-file-noise = Crackling, gaps, or noise
bad-file-other = Title, artist, cover, or another recording
bad-file-text = Your file is compared with the master. If it is bad it is made anew, and its price goes back to your balance.
bad-file-other-text = A check compares sound only, so it would find nothing. Tell the shop:
bad-file-refused = Choose what is wrong.
bad-file-button = Have it checked
bad-file-cancel = Cancel
defect-checking = You reported this file. It is being checked.
defect-fine = Checked: this file is exactly as it was made. If it does not play, try another player or format.
defect-mended = Checked: the file was bad and is made anew. Download it again.
defect-lost = Checked: the file was bad and cannot be made anew.
defect-unclear = The file could not be checked. Report it again later.
defect-credited = { $amount } went back to your balance.
notice-defect-reported = Thank you. The file is being checked.

letter-consent-subject = What you agreed to
letter-consent-text =
    Hello,

    on { $moment } you agreed to the following (version { $version }):
letter-consent-country = Country: { $country }
letter-consent-foot = Keep this letter. If it was not you, change your password and tell the shop.

operator-tax = Tax and consents
operator-tax-about = Who sells, rates of tax by country, and the texts that listeners agree to.
tax-lead = A buyer pays the tax of the country where he is: the one that two of card, statement and network address name. Countries without a rate are not taxed.
tax-settings = How this storefront sells
tax-prices = Prices
tax-prices-with = with tax
tax-prices-without = without tax
tax-unknown = Unknown country
tax-unknown-refuse = nothing is sold
tax-unknown-no_tax = no tax
tax-unknown-default = taken to be
tax-rates = Rates
tax-rates-empty = No rates: nobody is taxed.
tax-from = From the day
tax-from-hint = Like 2026-01-01
tax-rate = Rate in per cent
tax-rate-hint = Like 19 or 25.5
tax-add = A new rate
tax-add-button = Add
tax-apply = Everything else on this page is set by a file:
consent-texts = Texts to agree to
consent-texts-empty = None: nothing is asked before a purchase.
refusal-day-malformed = Write a day like 2026-01-01 on which no other rate of this country begins.
refusal-rate-malformed = Write per cent like 19 or 25.5, at most 100.
