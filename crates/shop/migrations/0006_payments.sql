-- Top-ups, the messages of those who provide payments, disputes, and money that goes back to its payers.

CREATE TABLE topups (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    currency TEXT NOT NULL,
    provider TEXT NOT NULL,
    -- The listener's name for it; none for a second payment that arrived for another top-up.
    idempotency_key TEXT,
    -- What was asked for, and what arrived.
    amount_micros BIGINT NOT NULL CONSTRAINT topup_amount CHECK (amount_micros > 0),
    received_micros BIGINT NOT NULL,
    -- What of it paid a debt, and what was added as promotional credit.
    settled_micros BIGINT NOT NULL,
    bonus_ppm BIGINT NOT NULL,
    bonus_micros BIGINT NOT NULL,
    -- What left the balance again by name.
    refunded_micros BIGINT NOT NULL,
    disputed_micros BIGINT NOT NULL,
    -- What the provider says that it gave back in all without being asked by us.
    elsewhere_micros BIGINT NOT NULL,
    state TEXT NOT NULL CONSTRAINT topup_state CHECK (state IN ('pending', 'posted', 'failed', 'expired')),
    failure TEXT,
    -- The provider's names for the payment that was started and for the money that moved.
    provider_ref TEXT,
    payment_ref TEXT,
    redirect_url TEXT,
    -- What the provider was told beside the amount: the same again when it is asked again.
    told TEXT NOT NULL,
    fingerprint TEXT,
    card_country TEXT,
    country TEXT,
    entry_id TEXT,
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    posted_us BIGINT,
    looks BIGINT NOT NULL,
    next_look_us BIGINT,
    CONSTRAINT topups_once UNIQUE (user_id, idempotency_key),
    CONSTRAINT topup_started_once UNIQUE (provider, provider_ref),
    CONSTRAINT topup_paid_once UNIQUE (provider, payment_ref)
);
CREATE INDEX topups_of_user ON topups (user_id, created_us);
CREATE INDEX topups_of_card ON topups (fingerprint, posted_us);
CREATE INDEX topups_to_look_at ON topups (next_look_us);
CREATE INDEX topups_of_provider ON topups (provider, state, created_us);

CREATE TABLE topup_events (
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT topup_event_state CHECK (state IN ('done', 'ignored', 'unknown', 'waiting')),
    topup_id TEXT,
    payment_ref TEXT,
    -- What it says, for those that wait until its payment is known.
    said TEXT,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX topup_events_waiting ON topup_events (provider, payment_ref, state);

CREATE TABLE topup_disputes (
    provider TEXT NOT NULL,
    id TEXT NOT NULL,
    topup_id TEXT NOT NULL REFERENCES topups (id),
    stage TEXT NOT NULL CONSTRAINT dispute_stage CHECK (stage IN ('inquiry', 'open', 'won', 'lost')),
    amount_micros BIGINT NOT NULL,
    -- What the provider has taken back, what of the balance is frozen, and what the listener owes since it was lost.
    withdrawn_micros BIGINT NOT NULL,
    frozen_micros BIGINT NOT NULL,
    owed_micros BIGINT NOT NULL,
    reason TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    changed_us BIGINT NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE INDEX topup_disputes_of_topup ON topup_disputes (topup_id);

CREATE TABLE topup_refunds (
    id TEXT NOT NULL PRIMARY KEY,
    topup_id TEXT NOT NULL REFERENCES topups (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    idempotency_key TEXT,
    asked_by TEXT NOT NULL CONSTRAINT refund_asked_by CHECK (asked_by IN ('listener', 'operator', 'shop')),
    -- What left the balance, what goes to the payer, what promotional credit went with it, what the shop keeps for a spent bonus.
    taken_micros BIGINT NOT NULL,
    paid_micros BIGINT NOT NULL,
    promotional_micros BIGINT NOT NULL,
    kept_micros BIGINT NOT NULL,
    state TEXT NOT NULL CONSTRAINT refund_state CHECK (state IN ('pending', 'by_hand', 'sent', 'done', 'failed')),
    failure TEXT,
    provider_ref TEXT,
    entry_id TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    ended_us BIGINT,
    tries BIGINT NOT NULL,
    next_try_us BIGINT,
    CONSTRAINT refunds_once UNIQUE (user_id, idempotency_key)
);
CREATE INDEX topup_refunds_of_topup ON topup_refunds (topup_id);
CREATE INDEX topup_refunds_of_user ON topup_refunds (user_id, created_us);
CREATE INDEX topup_refunds_due ON topup_refunds (next_try_us);
CREATE INDEX topup_refunds_by_state ON topup_refunds (state, created_us);

-- Holds that may expire: a handful among all lines.
CREATE INDEX order_lines_held ON order_lines (order_id) WHERE state = 'held';

-- What operators are to be told by mail, until they were.
CREATE TABLE topup_notices (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    topup_id TEXT NOT NULL REFERENCES topups (id),
    amount_micros BIGINT NOT NULL,
    detail TEXT NOT NULL,
    created_us BIGINT NOT NULL
);

-- Which ways and amounts a storefront offers; those of the program where there is no row.
CREATE TABLE topup_rules (
    storefront TEXT NOT NULL PRIMARY KEY REFERENCES storefronts (id),
    rules TEXT NOT NULL,
    changed_us BIGINT NOT NULL
);
