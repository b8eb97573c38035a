// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/schema.hpp"

#include <array>

namespace storage::sqlite {
namespace {
// Times are nanoseconds since 1970. rows.state is RowState: 0 waiting, 1 held, more: finished.
// rows.unreachable_since: from then on no attempt reached the server; 0 after one that did.
// mails.place says where the body is: 0 dropped, 1 in bodies, 2 in a file.
// rows.trashed_at: when somebody threw a held row away, who may fetch it back; 0: nobody did.
// rows.sending_domain: that of ours which an outgoing mail is of; "": none. Whose rows they were
// before that was noted, their owners' addresses say.
// Indexes of held rows cost waiting rows nothing; mails_hash begins with the hour, so that the
// entries of one hour lie on few pages and a commit does not dirty a random one for each message.
constexpr std::array<std::string_view, 8> mail_texts{R"sql(
CREATE TABLE mails(
    id INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    listener TEXT NOT NULL,
    direction INTEGER NOT NULL,
    client TEXT NOT NULL,
    sender TEXT,
    declared_size INTEGER NOT NULL,
    is_8bit INTEGER NOT NULL,
    is_smtputf8 INTEGER NOT NULL,
    ret TEXT NOT NULL,
    envid TEXT NOT NULL,
    from_text TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    size INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    dots INTEGER NOT NULL,
    is_compressed INTEGER NOT NULL,
    place INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    committed_at INTEGER NOT NULL,
    hash BLOB
);
CREATE INDEX mails_hash ON mails(committed_at / 3600000000000, hash) WHERE hash IS NOT NULL;
CREATE TABLE bodies(
    mail INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
);
CREATE TABLE rows(
    mail INTEGER NOT NULL,
    number INTEGER NOT NULL,
    state INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_domain TEXT NOT NULL,
    reason TEXT NOT NULL,
    last_reply TEXT NOT NULL,
    notify TEXT NOT NULL,
    orcpt TEXT NOT NULL,
    score REAL NOT NULL,
    stamp TEXT NOT NULL,
    left_out BLOB NOT NULL,
    PRIMARY KEY(mail, number)
) WITHOUT ROWID;
CREATE INDEX rows_due ON rows(next_attempt, mail, number) WHERE state = 0;
CREATE INDEX rows_waiting ON rows(mail, number) WHERE state = 0;
CREATE INDEX rows_held ON rows(mail, number) WHERE state = 1;
CREATE INDEX rows_held_since ON rows(changed_at) WHERE state = 1;
CREATE INDEX rows_held_recipient ON rows(recipient, mail, number) WHERE state = 1;
CREATE INDEX rows_held_domain ON rows(recipient_domain, mail, number) WHERE state = 1;
CREATE INDEX rows_finished ON rows(mail) WHERE state > 1;
CREATE TABLE lists(
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    effect INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    text TEXT NOT NULL,
    author TEXT NOT NULL,
    note TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    hits INTEGER NOT NULL,
    last_hit INTEGER,
    UNIQUE(scope, effect, text)
);
)sql",
                                                     R"sql(
ALTER TABLE rows ADD COLUMN unreachable_since INTEGER NOT NULL DEFAULT 0;
CREATE INDEX rows_unreachable ON rows(unreachable_since) WHERE state = 0 AND unreachable_since > 0;
)sql",
                                                     R"sql(
CREATE INDEX rows_unreached ON rows(recipient, mail, number)
    WHERE state = 0 AND unreachable_since > 0;
CREATE INDEX rows_unreached_domain ON rows(recipient_domain, unreachable_since)
    WHERE state = 0 AND unreachable_since > 0;
)sql",
                                                     R"sql(
CREATE TABLE audit(
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    who TEXT NOT NULL,
    act TEXT NOT NULL,
    object TEXT NOT NULL
);
)sql",
                                                     R"sql(
ALTER TABLE rows ADD COLUMN trashed_at INTEGER NOT NULL DEFAULT 0;
DROP INDEX rows_held_recipient;
DROP INDEX rows_held_domain;
CREATE INDEX rows_held_recipient ON rows(recipient, mail, number)
    WHERE state = 1 AND trashed_at = 0;
CREATE INDEX rows_held_domain ON rows(recipient_domain, mail, number)
    WHERE state = 1 AND trashed_at = 0;
CREATE INDEX rows_trashed ON rows(trashed_at) WHERE trashed_at > 0;
)sql",
                                                     R"sql(
ALTER TABLE rows ADD COLUMN sending_domain TEXT NOT NULL DEFAULT '';
CREATE INDEX rows_held_sending ON rows(sending_domain, mail, number)
    WHERE state = 1 AND trashed_at = 0 AND sending_domain <> '';
)sql",
                                                     owners_send,
                                                     R"sql(
DROP INDEX rows_unreached;
CREATE INDEX rows_unreached ON rows(address, mail, number)
    WHERE state = 0 AND unreachable_since > 0;
)sql"};

// history.row rises in the order of recording; a segment is a run of 4096 rows. segments says which
// times its rows have, so that no index on time is needed. terms (hashes of exact texts) and
// history_text (trigrams) are filled in idle time, a whole segment at once, so that what is written
// lies together; progress.indexed is the last row of the last indexed segment. history.owner: whose
// mail it is. history.sending_domain: as in rows. counts: how much there was of a kind (Tally) by
// its name, in steps of five minutes, of most kinds in runs of them (width_of).
constexpr std::array<std::string_view, 3> history_texts{R"sql(
CREATE TABLE history(
    row INTEGER PRIMARY KEY,
    mail INTEGER NOT NULL,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    action INTEGER NOT NULL,
    direction INTEGER NOT NULL,
    size INTEGER NOT NULL,
    score REAL NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    from_text TEXT NOT NULL,
    subject TEXT NOT NULL,
    client TEXT NOT NULL,
    message_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    listener TEXT NOT NULL,
    helo TEXT NOT NULL,
    rule TEXT NOT NULL,
    step TEXT NOT NULL,
    reply TEXT NOT NULL,
    timings TEXT NOT NULL,
    findings TEXT NOT NULL,
    delivery TEXT NOT NULL
);
CREATE INDEX history_mail ON history(mail, number);
CREATE TABLE terms(
    segment INTEGER NOT NULL,
    term INTEGER NOT NULL,
    row INTEGER NOT NULL,
    PRIMARY KEY(segment, term, row)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE history_text USING fts5(
    text, content='', tokenize='trigram', detail=none, columnsize=0
);
CREATE TABLE segments(
    number INTEGER PRIMARY KEY,
    earliest INTEGER NOT NULL,
    latest INTEGER NOT NULL
);
CREATE TABLE progress(
    only INTEGER PRIMARY KEY CHECK(only = 1),
    indexed INTEGER NOT NULL
);
INSERT INTO progress VALUES(1, 0);
)sql",
                                                        R"sql(
ALTER TABLE history ADD COLUMN owner TEXT NOT NULL DEFAULT '';
CREATE TABLE counts(
    kind INTEGER NOT NULL,
    step INTEGER NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY(kind, step, name)
) WITHOUT ROWID;
)sql",
                                                        R"sql(
ALTER TABLE history ADD COLUMN sending_domain TEXT NOT NULL DEFAULT '';
UPDATE history SET sending_domain = replace(owner, rtrim(owner, replace(owner, '@', '')), '')
    WHERE direction = 1 AND owner LIKE '%@%';
CREATE INDEX history_sending ON history(sending_domain, row) WHERE sending_domain <> '';
)sql"};

// lessons.kind and voices.kind are Lesson::Kind. features and step are the classifier's own octets.
constexpr std::array<std::string_view, 2> lesson_texts{R"sql(
CREATE TABLE lessons(
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    mail INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    is_trusted INTEGER NOT NULL,
    features BLOB NOT NULL,
    step BLOB NOT NULL
);
CREATE INDEX lessons_mail ON lessons(mail, number);
CREATE INDEX lessons_time ON lessons(time);
CREATE TABLE kept(
    mail INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    features BLOB NOT NULL
);
CREATE INDEX kept_time ON kept(time);
CREATE TABLE offsets(
    user TEXT PRIMARY KEY,
    offset REAL NOT NULL
) WITHOUT ROWID;
)sql",
                                                       R"sql(
ALTER TABLE lessons ADD COLUMN undoes INTEGER NOT NULL DEFAULT 0;
CREATE INDEX lessons_undoes ON lessons(undoes) WHERE undoes > 0;
CREATE TABLE voices(
    mail INTEGER NOT NULL,
    who TEXT NOT NULL,
    time INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    offset_step REAL NOT NULL,
    PRIMARY KEY(mail, who)
) WITHOUT ROWID;
CREATE INDEX voices_who ON voices(who, time);
CREATE INDEX voices_time ON voices(time);
ALTER TABLE offsets ADD COLUMN time INTEGER NOT NULL DEFAULT 0;
)sql"};

// preferences.digest_days: -1 is the default of the site. digests.told: what was held up to then
// stood in a digest.
// accounts.role is Role. Tokens of sessions, programs and links are kept as SHA-256 alone.
constexpr std::array<std::string_view, 3> account_texts{R"sql(
CREATE TABLE accounts(
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    role INTEGER NOT NULL,
    is_local INTEGER NOT NULL,
    password TEXT NOT NULL,
    must_change INTEGER NOT NULL,
    is_locked INTEGER NOT NULL,
    language TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_sign_in INTEGER NOT NULL
);
CREATE INDEX accounts_role ON accounts(role) WHERE role > 0;
CREATE TABLE addresses(
    account INTEGER NOT NULL REFERENCES accounts(number) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY(account, address)
) WITHOUT ROWID;
CREATE INDEX addresses_address ON addresses(address);
CREATE TABLE domains(
    account INTEGER NOT NULL REFERENCES accounts(number) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    PRIMARY KEY(account, domain)
) WITHOUT ROWID;
CREATE TABLE sessions(
    hash BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts(number) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    client TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions(account);
CREATE TABLE tokens(
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES accounts(number) ON DELETE CASCADE,
    name TEXT NOT NULL,
    scopes INTEGER NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER NOT NULL,
    expires INTEGER NOT NULL
);
CREATE INDEX tokens_account ON tokens(account);
CREATE TABLE setup_link(
    only INTEGER PRIMARY KEY CHECK(only = 1),
    hash BLOB NOT NULL,
    expires INTEGER NOT NULL
);
)sql",
                                                        R"sql(
CREATE TABLE preferences(
    account INTEGER PRIMARY KEY REFERENCES accounts(number) ON DELETE CASCADE,
    is_off INTEGER NOT NULL,
    tag REAL,
    quarantine REAL,
    digest_days INTEGER NOT NULL,
    digest_hour INTEGER NOT NULL
);
)sql",
                                                        R"sql(
CREATE TABLE digests(
    address TEXT PRIMARY KEY,
    told INTEGER NOT NULL
) WITHOUT ROWID;
)sql"};

std::int64_t version_of(Database& database)
{
    Statement statement{database, "PRAGMA user_version"};
    statement.start().next();
    return statement.integer(0);
}
}

Migrations mail_migrations() { return mail_texts; }

Migrations history_migrations() { return history_texts; }

Migrations lesson_migrations() { return lesson_texts; }

Migrations account_migrations() { return account_texts; }

void migrate(Database& database, Migrations migrations)
{
    const auto newest = static_cast<std::int64_t>(migrations.size());
    const auto version = version_of(database);
    if (version > newest)
        throw std::runtime_error{"it was written by a newer mailweir (format "
                                 + std::to_string(version) + ", this one knows "
                                 + std::to_string(newest) + ")"};
    for (auto next = version; next < newest; ++next) {
        Transaction transaction{database};
        database.run(migrations[static_cast<std::size_t>(next)]);
        // PRAGMA takes no bound value; the number is ours.
        database.run("PRAGMA user_version = " + std::to_string(next + 1));
        transaction.commit();
    }
}
}
