// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_schema.hpp"

#include <algorithm>
#include <array>

namespace app {
namespace {
constexpr std::array keys{
    Key{"hostname", Form::text, "",
        "The name in the greeting, in EHLO and in Received. Default: this machine's own."},
    Key{"data", Form::text, "mailweir-data",
        "Directory of queue, quarantine, history, lists and the control socket.", "", false, true},
    Key{"user", Form::text, "mailweir",
        "When started as root, the gate runs as this user if there is one.", "", false, true},

    Key{"listeners", Form::sections, "", "Where mail comes in. Default: inbound on 127.0.0.1:2525.",
        "", false, true},
    Key{"listeners[].name", Form::text, "", "A word for logs and history, such as mx.", "", true},
    Key{"listeners[].address", Form::address, "", "Address and port to listen on.", "", true, true},
    Key{"listeners[].role", Form::choice, "inbound",
        "inbound: mail for our domains from anywhere. outbound: mail from our own servers to "
        "anywhere.",
        "inbound|outbound"},
    Key{"listeners[].tls", Form::certificates, "",
        "Certificate chain and key (PEM); several pairs are chosen by SNI. Offers STARTTLS."},
    Key{"listeners[].implicit_tls", Form::boolean, "false",
        "TLS from the first byte, as on port 465."},
    Key{"listeners[].proxy_protocol", Form::networks, "[]",
        "Load balancers whose PROXY header (version 1 or 2) names the client."},
    Key{"listeners[].xclient", Form::networks, "[]",
        "Hosts whose XCLIENT command names the client."},
    Key{"listeners[].clients", Form::networks, "[]",
        "Outbound: who may send through us without signing in. Empty: nobody."},
    Key{"listeners[].auth", Form::choice, "off",
        "Outbound: offered: who signs in over TLS may send, by the accounts and the directory of "
        "the pages' sign-in. required: nobody sends without.",
        "off|offered|required"},
    Key{"listeners[].inside", Form::networks, "[]",
        "Inbound: hosts that count as inside; their mail is not judged as spam."},
    Key{"listeners[].forwarders", Form::networks, "[]",
        "Forwarders and backup MX: never refused for contents, a stop becomes a hold."},
    Key{"listeners[].normalise", Form::networks, "[]",
        "Clients whose bare CR or LF is mended instead of refused."},
    Key{"listeners[].on_next_hop_failure", Form::choice, "spool",
        "The internal server fails: spool takes the mail into the queue, pass tells the sender to "
        "try again.",
        "spool|pass"},
    Key{"listeners[].mixed", Form::choice, "hold",
        "A refusal that can no longer be said, because other recipients accept.", "hold|discard"},

    Key{"domains", Form::sections, "", "The domains we take mail for, and their internal servers."},
    Key{"domains[].name", Form::text, "", "The domain, such as example.jp.", "", true},
    Key{"domains[].next_hop", Form::servers, "",
        "Internal servers in order of preference; or a map with servers, tls, eight_bit, protocol, "
        "connections. A domain with \"alias_of\" may leave it out."},
    Key{"domains[].recipients", Form::recipients, "callout",
        "Who exists there: callout asks the internal server, { file: PATH } reads a list, "
        "{ ldap: NAME } asks a directory of \"ldap\" below, any takes all. { ldap: { name: NAME, "
        "base: …, filter: … } } asks it in another place, or with servers one of its own."},
    Key{"domains[].detail", Form::text, "",
        "Characters that begin a detail, such as \"+\": bob+shop is bob's then. Lists, quarantine "
        "and "
        "policy are the owner's, and only bob must exist; the internal server hears bob+shop. "
        "Default: none, bob+shop is somebody else."},
    Key{"domains[].aliases", Form::text, "",
        "File of aliases, read again when it changes: \"info@a.example bob@a.example\" a line, or "
        "\"@old.example @new.example\". An alias exists; if it names one address of ours, it is "
        "that "
        "one's."},
    Key{"domains[].alias_of", Form::text, "",
        "Another domain of this list: whoever exists there exists here, and is the owner."},
    Key{"domains[].rewrite", Form::boolean, "false",
        "The internal server hears the owner's address instead of the alias or detail."},
    Key{"domains[].sign_return_paths", Form::boolean, "false",
        "What leaves has an envelope sender with a code (BATV), by which bounces of mail that "
        "others "
        "sent in your name are told: the fact bounce.unsigned. Begin a week before a rule refuses "
        "them, and only where all mail of the domain leaves through here. Some mailing lists go by "
        "the envelope sender."},

    Key{"ldap", Form::sections, "", "Directories (LDAP) that domains ask for their recipients."},
    Key{"ldap[].name", Form::text, "", "A word by which domains name it."},
    Key{"ldap[].servers", Form::ldap_servers, "",
        "ldap://HOST:PORT or ldaps://HOST, in order: the next is asked while one fails. Required."},
    Key{"ldap[].starttls", Form::boolean, "false",
        "Encrypts on ldap:// servers, or does without the directory."},
    Key{"ldap[].ca", Form::text, "", "File of CA certificates. Default: the system's."},
    Key{"ldap[].bind_dn", Form::text, "", "Who asks. Default: nobody (anonymous)."},
    Key{"ldap[].password_file", Form::text, "",
        "Its password on the first line, read for every new connection."},
    Key{"ldap[].base", Form::text, "", "Below this the recipients are. Required."},
    Key{"ldap[].filter", Form::text, "(mail={address})",
        "Finds one recipient; {address}, {local} and {domain} are filled in, escaped."},
    Key{"ldap[].canonical", Form::text, "",
        "Attribute with the mailbox's own address, such as mail: lists and quarantine belong to "
        "it."},
    Key{"ldap[].connect", Form::duration, "2 s", "To reach one server, with TLS and bind."},
    Key{"ldap[].timeout", Form::duration, "5 s", "For one question, all servers together."},
    Key{"ldap[].connections", Form::count, "4", "Questions at a time, up to 8."},

    Key{"sign_in", Form::section, "", "How people sign in to the pages besides local accounts."},
    Key{"sign_in.ldap", Form::text, "", "The entry of \"ldap\" that knows their passwords."},
    Key{"sign_in.base", Form::text, "", "Below this people are. Default: the directory's base."},
    Key{"sign_in.filter", Form::text, "(uid={name})",
        "Finds one person; {name} is what was typed, escaped."},
    Key{"sign_in.address", Form::text, "mail", "Attribute with the person's mail addresses."},
    Key{"sign_in.aliases", Form::text, "", "Attribute with further addresses of the same person."},
    Key{"sign_in.domains", Form::text, "",
        "Attribute with other domains where the same local part is the same person."},
    Key{"sign_in.language", Form::text, "preferredLanguage", "Attribute with the language."},
    Key{"sign_in.send_as", Form::text, "",
        "Attribute with addresses of others, such as office@, under which the person may send; for "
        "the layer sender with accounts: true."},

    Key{"people", Form::section, "", "What people may do about their own mail."},
    Key{"people.quarantine", Form::boolean, "true",
        "People have a quarantine of their own. false: what it would hold is tagged and delivered, "
        "and a refusal that can no longer be said is discarded."},
    Key{"people.filter_off", Form::boolean, "true", "They may switch the filter off."},
    Key{"people.tag", Form::text, "2 to 8", "How far their own threshold for tags may go."},
    Key{"people.hold", Form::text, "3 to 12", "The same for the quarantine."},
    Key{"people.digest", Form::text, "off",
        "When mails tell people what is held for them, unless they chose otherwise: off, daily 7, "
        "mon-fri 7, mon,thu 16; the hour by this machine's clock."},
    Key{"people.digest_to", Form::choice, "accounts",
        "Who gets them: accounts, that is addresses of people who have signed in once, or everyone "
        "for whom mail is held. Whoever reads the mailbox can act on the links.",
        "accounts|everyone"},
    Key{"people.digest_from", Form::text, "",
        "The sender of these mails. Default: the postmaster of the reader's domain."},
    Key{"people.language", Form::choice, "en", "For people whose language is not known.", "en|ja"},

    Key{"outbound", Form::section, "", "Mail from our own servers to other domains."},
    Key{"outbound.relay", Form::servers, "",
        "mx: to the servers that the DNS names for each domain. Or servers it all goes to, in "
        "order of preference. Default: none, it is refused."},
    Key{"outbound.port", Form::count, "25",
        "The port of servers that the DNS names. Another than 25 is for trials."},
    Key{"outbound.never_to", Form::networks,
        "[\"0.0.0.0/8\", \"127.0.0.0/8\", \"169.254.0.0/16\", \"224.0.0.0/3\", \"::/127\", "
        "\"fe80::/10\", \"ff00::/8\"]",
        "Where no mail goes by what strangers write into the DNS. Add the networks of your own "
        "servers, such as 10.0.0.0/8, unless mail leaves to some of them by MX."},
    Key{"outbound.dane", Form::boolean, "true",
        "Certificates must match TLSA records where the DNS vouches for them (RFC 7672). Works "
        "with dns.servers that validate DNSSEC, by a way nobody can write into."},
    Key{"outbound.mta_sts", Form::boolean, "true",
        "Policies of domains that ask for TLS (RFC 8461) are fetched, kept and followed."},

    Key{"outbound.account_header", Form::text, "",
        "A header field in which servers of yours write who sends, such as X-Authenticated-User. "
        "Read where nobody signed in here, and taken out of all mail that passes, whoever wrote "
        "it."},
    Key{"outbound.account_header_from", Form::networks, "[]",
        "Clients whose field is believed: servers that write it themselves and pass on none that "
        "users wrote. Empty: nobody's is."},
    Key{"outbound.envelope_is_account", Form::boolean, "true",
        "Without sign-in and field an envelope sender of your domains is the account."},
    Key{"outbound.srs", Form::text, "",
        "A domain of yours under which forwarded mail leaves (SRS): its envelope sender becomes an "
        "address there that leads bounces back, so that SPF holds. Default: it stays as it is."},

    Key{"dkim", Form::section, "",
        "Signs what outbound listeners take for authors of our domains (RFC 6376)."},
    Key{"dkim.keys", Form::sections, "",
        "Each key that fits the author's domain, or the nearest domain above it, makes a "
        "signature: RSA and Ed25519 side by side, or old and new selector while keys change. "
        "`mailweir dkim keygen` makes one, `mailweir dkim dns` prints the records to publish."},
    Key{"dkim.keys[].domain", Form::text, "", "Who signs, such as example.jp."},
    Key{"dkim.keys[].selector", Form::text, "", "The name of the key in the domain's DNS."},
    Key{"dkim.keys[].key", Form::text, "",
        "The file of the private key (PEM, RSA or Ed25519), closed to other users."},
    Key{"dkim.expire", Form::duration, "",
        "How long a signature holds; longer than mail waits in queue and quarantine. Default: "
        "for ever."},
    Key{"dkim.headers", Form::names, "",
        "Header fields signed as often as they occur. Default: Sender, Resent-* and List-*."},
    Key{"dkim.oversign", Form::names, "",
        "Signed once more than they occur, so that nobody can add one. Default: From, To, Cc, "
        "Subject, Date, Message-ID, Reply-To, In-Reply-To, References and the MIME fields."},

    Key{"arc", Form::section, "",
        "Seals mail from outside that is passed on, to internal servers or out again (RFC 8617)."},
    Key{"arc.seal", Form::boolean, "false", "Whether to seal."},
    Key{"arc.domain", Form::text, "", "Who seals, such as example.jp."},
    Key{"arc.selector", Form::text, "", "The name of the key in the domain's DNS."},
    Key{"arc.key", Form::text, "", "The file of the private key (PEM); may be one of `dkim`."},

    Key{"limits", Form::section, "",
        "What one client, message or moment may take. Every hit is a fact in the history."},
    Key{"limits.message", Form::size, "50 MiB", "The largest message."},
    Key{"limits.recipients", Form::count, "1000", "Recipients of one message."},
    Key{"limits.recipients_unknown", Form::count, "100",
        "The same from sources that are not inside."},
    Key{"limits.connections", Form::count, "20000", "Connections in all."},
    Key{"limits.connections_per_source", Form::count, "50",
        "Connections of one source (/24, /48)."},
    Key{"limits.greeting", Form::duration, "30 s", "Until the first command."},
    Key{"limits.command", Form::duration, "60 s", "For each command."},
    Key{"limits.data", Form::duration, "15 min", "For one message."},
    Key{"limits.data_rate", Form::data_rate, "500 B/s",
        "Slower senders are cut, after a minute of grace."},
    Key{"limits.junk_commands", Form::count, "20", "Unknown or misplaced commands before 421."},
    Key{"limits.idle_sessions_reaped", Form::boolean, "true",
        "When full, the longest idle session makes room."},
    Key{"limits.command_line", Form::size, "2048 B", "The longest command."},
    Key{"limits.data_line", Form::size, "1 MiB", "The longest line of a message."},
    Key{"limits.received_fields", Form::count, "50", "Received fields before a loop is assumed."},
    Key{"limits.bodies_in_memory", Form::size, "256 MiB", "All messages in flight, in memory."},
    Key{"limits.bodies_in_files", Form::size, "4 GiB",
        "All messages in flight, in unlinked files."},
    Key{"limits.body_in_memory", Form::size, "2 MiB", "A larger message goes to an unlinked file."},

    Key{"delivery", Form::section, "", "How mail goes to the internal servers."},
    Key{"delivery.connect", Form::duration, "10 s", "To reach a server."},
    Key{"delivery.reply", Form::duration, "30 s", "For a reply to a command."},
    Key{"delivery.budget", Form::duration, "30 s",
        "From the client's final dot to our answer; then the queue takes over."},
    Key{"delivery.retry", Form::durations, "[1 min, 5 min, 15 min, 1 h]",
        "Pauses between attempts; the last repeats."},
    Key{"delivery.give_up", Form::duration, "5 days",
        "Then the mail is held as undeliverable, never dropped."},
    Key{"delivery.in_doubt", Form::duration, "10 min",
        "How long an unanswered final dot keeps its connection."},

    Key{"store", Form::section, "", "What is kept on disk, and for how long."},
    Key{"store.spool_size", Form::size, "10 GiB", "More than this in the queue: new mail gets 452.",
        "", false, true},
    Key{"store.spool_age", Form::duration, "1 day",
        "Mail waits for a server unreachable for longer: new mail for its domain that would wait "
        "gets 452.",
        "", false, true},
    Key{"store.keep_held", Form::duration, "14 days", "Retention of the quarantine.", "", false,
        true},
    Key{"store.keep_history", Form::duration, "30 days", "Retention of the history.", "", false,
        true},
    Key{"store.keep_audit", Form::duration, "400 days",
        "What administrators did is remembered this long."},

    Key{"learning", Form::section, "", "What decisions on mail teach."},
    Key{"learning.keep", Form::duration, "7 days",
        "So long a decision on a mail can teach, and a lesson be taken back: hashed features and "
        "fingerprints of each mail are kept, at most 10 KiB. Hashes hide no words from a "
        "dictionary: guard the data directory as you guard mail."},

    Key{"dos", Form::layer, "", "Denial-of-service guard; `mailweir layers dos` prints its keys."},
    Key{"blocklist", Form::layer, "",
        "Local networks that are refused or let in; `mailweir layers blocklist` prints its keys."},
    Key{"rate", Form::layer, "", "Rate control; `mailweir layers rate` prints its keys."},

    Key{"layers", Form::layer, "",
        "Settings of the layers that the policy names, such as words: { ... }; "
        "`mailweir layers NAME` prints a layer's keys."},

    Key{"update", Form::section, "",
        "Lists, rules and models that others sign and that change while the gateway runs. A "
        "layer's setting names a file of them as feed:NAME/FILE."},
    Key{"update.sources", Form::sections, "", "Where feeds come from."},
    Key{"update.sources[].name", Form::text, "",
        "The feed's own name; a word for settings and logs."},
    Key{"update.sources[].url", Form::text, "",
        "https://HOST/PATH below which the index lies, or the absolute path of a folder."},
    Key{"update.sources[].key", Form::text, "",
        "The public key of those who sign it, as `mailweir update keygen` prints it."},
    Key{"update.sources[].ca", Form::text, "",
        "File of CA certificates for the server. Default: the system's."},
    Key{"update.sources[].every", Form::duration, "6 h", "How often to look."},
    Key{"update.sources[].max_age", Form::duration, "3 days",
        "Health complains when what is in use is older."},
    Key{"update.sources[].limit", Form::size, "64 MiB", "All files of one version together."},

    Key{"backup", Form::section, "", "Backups; `mailweir backup` makes, checks and restores them."},
    Key{"backup.to", Form::text, "", "A folder for nightly ones. Default: none are made at night."},
    Key{"backup.at", Form::text, "03:00", "When, in local time."},
    Key{"backup.keep", Form::count, "14", "How many are kept."},
    Key{"backup.history", Form::boolean, "true", "Whether the history of messages is in them."},
    Key{"backup.passphrase_file", Form::text, "",
        "Its first line seals keys; else there are none."},
    Key{"contact", Form::section, "", "Where people ask; shown in refusals."},
    Key{"contact.url", Form::text, "", "A page."},
    Key{"contact.phone", Form::text, "", "A telephone number."},
    Key{"contact.text", Form::section, "", "A sentence in each language."},
    Key{"contact.text.en", Form::text, "",
        "English; also part of refusals, behind url and phone, where it is plain ASCII."},
    Key{"contact.text.ja", Form::text, "", "Japanese; for pages and notices."},

    Key{"policy", Form::text, "policies/default.yaml",
        "The policy document; beside this file, or one of the embedded ones: "
        "policies/observe.yaml, "
        "policies/tag.yaml, policies/quarantine.yaml, policies/strict.yaml."},

    Key{"workers", Form::section, "", "Threads and processes."},
    Key{"workers.loops", Form::loops, "auto",
        "Event loops, each with its own listeners. auto: one per core.", "", false, true},
    Key{"workers.hung_after", Form::duration, "2 min",
        "A gate that gives no sign of life for longer is ended and started again.", "", false,
        true},
    Key{"workers.scanners", Form::loops, "auto",
        "Sandboxed scan processes at most. auto: one per core, two at least."},

    Key{"metrics", Form::section, "", "Numbers for Prometheus at /metrics."},
    Key{"metrics.address", Form::address, "",
        "Address and port of their own, such as 127.0.0.1:9090. Default: off.", "", false, true},

    Key{"alerts", Form::section, "",
        "Tells administrators when something is bad, once, and once when it is well again."},
    Key{"alerts.mail", Form::mailboxes, "[]",
        "Addresses that get alerts and reports, sent through our own queue."},
    Key{"alerts.hook", Form::section, "", "A program that gets alerts by HTTPS, as JSON."},
    Key{"alerts.hook.url", Form::text, "", "https://HOST/PATH; redirects are not followed."},
    Key{"alerts.hook.secret_file", Form::text, "",
        "File whose first line keys the signature, HMAC-SHA256 of \"TIME.BODY\" in the field "
        "Mailweir-Signature: t=TIME,v1=HEX. Required."},
    Key{"alerts.hook.ca", Form::text, "", "File of CA certificates. Default: the system's."},
    Key{"alerts.hook.networks", Form::networks, "[]",
        "Inside networks where its name may lead; an address in the url is meant as it stands."},
    Key{"alerts.language", Form::choice, "en", "Of alerts and reports.", "en|ja"},
    Key{"alerts.after", Form::duration, "1 min",
        "So long something is bad before it is told. All is looked at every 10 s, or as often as "
        "this or well_after says where that is shorter."},
    Key{"alerts.well_after", Form::duration, "5 min",
        "So long it is well before that is told; longer for what comes and goes."},
    Key{"alerts.remind", Form::duration, "24 h", "What stays bad is told again so often."},
    Key{"alerts.queue_age", Form::duration, "4 h", "Older mail in the queue is bad."},
    Key{"alerts.public_lists", Form::text, "off",
        "So often public lists are asked whether our addresses and domains stand there, one "
        "question at a time: a time of 1 h at least, such as 6 h; or off."},
    Key{"alerts.report", Form::choice, "off",
        "A mail with counts of what was delivered, tagged, stopped; on Mondays where weekly.",
        "off|daily|weekly"},
    Key{"alerts.at", Form::text, "07:00", "When it is sent, in this machine's time."},

    Key{"log", Form::section, "", "Lines on stderr: one per message and one per delivery attempt."},
    Key{"log.format", Form::choice, "text", "text or one JSON object a line.", "text|json"},
    Key{"log.level", Form::choice, "info", "The least serious that is written.",
        "debug|info|warning|error"},

    Key{"log.subjects", Form::boolean, "false",
        "Subjects are personal data: only where this says so."},

    Key{"dns", Form::section, "", "The DNS, as sender authentication and DNS lists use it."},
    Key{"dns.servers", Form::servers, "",
        "Addresses of resolvers in the order to try; best a validating one on this machine. "
        "Default: those of /etc/resolv.conf; []: none."},
    Key{"dns.timeout", Form::duration, "5 s", "For one question, all tries together."},
    Key{"web", Form::section, "", "The pages for users and administrators."},
    Key{"web.address", Form::address_or_off, "127.0.0.1:8025",
        "Address and port, or off. Where nothing is said and the port is taken, there are no "
        "pages.",
        "", false, true},
    Key{"web.url", Form::text, "",
        "How people reach the pages, such as https://mail.example.jp; links in mails begin with "
        "it. Default: as address and tls say."},
    Key{"web.tls", Form::certificates, "",
        "Certificate chain and key (PEM): the pages are served by HTTPS alone. They are read "
        "before "
        "root is given up."},
    Key{"web.allow", Form::networks, "[\"127.0.0.0/8\", \"::1/128\"]",
        "Networks from which the pages can be reached; others are told so."},
    Key{"web.proxies", Form::networks, "[]",
        "Proxies in front of the pages, whose X-Forwarded-For and X-Forwarded-Proto are believed."},
    Key{"web.digest_allow", Form::networks, "[]",
        "Networks from which the links in digests work. Default: as allow."},
};

std::string_view parent_of(std::string_view path)
{
    const auto dot = path.rfind('.');
    return dot == path.npos ? std::string_view{} : path.substr(0, dot);
}
}

std::span<const Key> schema() { return keys; }

const Key* find_key(std::string_view path)
{
    const auto found = std::ranges::find(keys, path, &Key::path);
    return found == keys.end() ? nullptr : &*found;
}

std::string_view leaf_of(std::string_view path)
{
    const auto dot = path.rfind('.');
    return dot == path.npos ? path : path.substr(dot + 1);
}

std::vector<const Key*> members_of(std::string_view section)
{
    std::vector<const Key*> members;
    for (const Key& key : keys)
        if (parent_of(key.path) == section)
            members.push_back(&key);
    return members;
}
}
