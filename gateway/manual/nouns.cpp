// SPDX-License-Identifier: Apache-2.0
#include "gateway/manual/nouns.hpp"

#include <algorithm>
#include <array>

namespace app::manual {
namespace {
constexpr std::array nouns{
    Noun{"serve", "run the gateway",
         "Opens every listening socket, forks the roles (the gate, which speaks SMTP and keeps the "
         "store; the scan role, whose sealed workers look into messages; the web role, which shows "
         "the pages) and starts again what dies. It stays in the foreground and logs to stderr.\n\n"
         "Without a configuration it serves a trial: mail for example.test on 127.0.0.1:2525, data "
         "in ./mailweir-data. Sockets that systemd passes (`LISTEN_FDS`) are used by the listeners "
         "that have their address. As root it opens its sockets and then works as the configured "
         "user.\n\n"
         "SIGHUP reads the configuration again, whole or not at all; nobody is refused meanwhile. "
         "SIGTERM drains: no new connections, messages under way are finished, then it ends. A "
         "second SIGINT ends it at once; what was acknowledged is on disk all the same.",
         "mailweir serve --next-hop 127.0.0.1:2526 --domain example.org\n"
         "mailweir serve --config /etc/mailweir/mailweir.yaml"},
    Noun{"setup", "the first administrator of the pages",
         "Prints a link that works once: whoever opens it chooses the name and the password of an "
         "administrator."},
    Noun{"init", "a folder to begin with",
         "Writes mailweir.yaml, in which every key is explained and nothing is set, and an empty "
         "conf.d. What is there already stays as it is. The embedded policies need no files; "
         "`mailweir policy show` prints one to change.",
         "mailweir init /etc/mailweir\nmailweir config check --config /etc/mailweir/mailweir.yaml"},
    Noun{"status", "whether all is well, in ten lines",
         "Listeners, messages, queue, quarantine, disk, next hops, scan workers, DNS and "
         "certificates of the running gateway. What is not well stands in the end, after the word "
         "PROBLEM, and below it what to do."},
    Noun{
        "health", "whether mail flows, as an exit code",
        "For monitoring: exit code 0 and the word ok, or 1 and each problem on a line of stderr. 3 "
        "means that no gateway answers. With `--test-alert` everyone named under `alerts` gets a "
        "test by mail and web-hook, and it says whom that reached.",
        "mailweir health\nmailweir health --test-alert"},
    Noun{"layers", "what each layer finds, and its settings",
         "A layer finds facts; the policy decides what they mean. Printed are every fact that a "
         "layer can find and its settings with their defaults. See `mailweir-policy`(5).",
         "mailweir layers\nmailweir layers dnsbl"},
    Noun{"version", "which version this is", "Also of the libraries, with `--verbose`."},
    Noun{"config", "check, show and explain the configuration",
         "The keys stand in `mailweir.yaml`(5). `check` says what is wrong with file, line and "
         "column; `show` prints what is in force of each key and where it was written; `diff` only "
         "what differs. `reload` makes the running gateway read its files again: it takes all of "
         "them or stays with what it has.",
         "mailweir config check\nmailweir config explain listeners\n"
         "mailweir config diff\nmailweir config reload"},
    Noun{"completion", "completion of commands by the shell",
         "Prints a script for bash, zsh or fish. The package installs all three.",
         "mailweir completion bash > ~/.local/share/bash-completion/completions/mailweir\n"
         "mailweir completion zsh > \"${fpath[1]}/_mailweir\"\n"
         "mailweir completion fish > ~/.config/fish/completions/mailweir.fish"},
    Noun{"manual", "the pages of this manual",
         "Prints one page as roff, or writes all of them into a folder as files for `man`(1). "
         "Without a page it lists them.",
         "mailweir manual mailweir-queue | man -l -\nmailweir manual --write /usr/local/share/man"},
    Noun{"queue", "mail that waits for an internal server",
         "What could not be handed on at once is kept on disk and tried again after the pauses of "
         "`delivery.retry`. A row is one recipient of one message: ID/N. An ID alone means all of "
         "its recipients.\n\n"
         "Nothing is ever dropped by time: what could not be delivered for `delivery.give_up` is "
         "held and stands in the quarantine. `delete` is for good, and nobody is told.",
         "mailweir queue list --domain example.org\nmailweir queue retry --domain example.org\n"
         "mailweir queue show ID"},
    Noun{"quarantine", "mail that is held",
         "What a policy held back stays for `store.keep_held` and is deleted then. `release` "
         "delivers it and teaches that such mail is wanted; `delete --spam` teaches the contrary. "
         "Every release and every look into a body is in the audit log.\n\n"
         "People are told by mail what is held for them when `people.digest` or they themselves "
         "say so; `digest` does it now, for all who want it or for one.",
         "mailweir quarantine list\nmailweir quarantine release ID\n"
         "mailweir quarantine purge --domain example.org --yes"},
    Noun{"history", "what became of each message",
         "One row for each recipient of each message, for `store.keep_history`: who sent it, what "
         "was found, the verdict, our reply and the internal server's. Refusals at RCPT are rows, "
         "too.",
         "mailweir history search --sender-domain their.example --since \"2 days\"\n"
         "mailweir history tail --follow"},
    Noun{"trace", "everything about one message",
         "Takes an id, the text of a bounce, a Message-ID or a whole header and prints the way of "
         "the message from the connection to the internal server's reply.",
         "mailweir trace 06E5Z8Q3K9V1T\nmailweir trace \"<1234@their.example>\"\n"
         "mailweir trace - < bounce.eml"},
    Noun{"explain", "why a message got its verdict",
         "The facts that were found, the points of each, the rule that decided and the smallest "
         "change that would alter the verdict. A file is judged now, by the configuration at hand.",
         "mailweir explain 06E5Z8Q3K9V1T\nmailweir explain message.eml"},
    Noun{"rescan", "judge stored mail once more",
         "Mail that is held or waits is judged by the policy that is in force now."},
    Noun{"allow", "senders that are let through",
         "Entries of the administrator, of a domain or of a user: an address, a domain, a part of "
         "one (`com`), or a network. The more specific entry wins, at a tie the allowing one. An "
         "entry for an address or a domain counts only where SPF or DKIM prove it, or where the "
         "domain publishes nothing. Viruses and unknown recipients are never let through.",
         "mailweir allow add friend@their.example\n"
         "mailweir allow add --scope user:bob@example.org --expires \"30 days\" news.example\n"
         "mailweir allow test friend@their.example"},
    Noun{
        "block", "senders that are refused",
        "Entries like those of `mailweir-allow`(1); they match the envelope's sender or the From "
        "field. What a user's own entry stops is discarded silently, what an administrator's stops "
        "is refused.",
        "mailweir block add 192.0.2.0/24\nmailweir block test 192.0.2.7"},
    Noun{"reputation", "how a sender behaved here before",
         "Mailweir remembers of each network and signing domain how much of its mail was wanted. "
         "`reset` forgets it."},
    Noun{
        "policy", "the policy document",
        "`show` prints the document in force, `check` looks for mistakes in one before it is used, "
        "`diff` says what would be another. `simulate` judges the mail of the last days by it, as "
        "it was judged when it came, and counts what would have ended otherwise; per domain it "
        "says "
        "how much of what would be refused people released, allowed or called no spam. `apply` "
        "puts "
        "it in force for the next mail, as a numbered revision in the data directory; `rollback` "
        "makes a new revision of an old one. Where `policy` stands in mailweir.yaml that file "
        "decides, and both are refused. The language stands in `mailweir-policy`(5).",
        "mailweir policy show > policy.yaml\n"
        "mailweir policy check policy.yaml\n"
        "mailweir policy diff policy.yaml\n"
        "mailweir policy simulate --days 14 policy.yaml\n"
        "mailweir policy apply --note 'hold what SPF fails' policy.yaml\n"
        "mailweir policy rollback 3"},
    Noun{
        "scan", "judge messages on disk",
        "Judges files, mboxes, Maildirs or folders by a configuration and by what its gateway "
        "learnt (classifier and fingerprints, where its data directory can be read), as if they "
        "came in now, and says what would have happened; nothing is delivered, learnt or kept. "
        "`--summary` "
        "counts what would be tagged, held or refused and shows the messages nearest the line: the "
        "rehearsal before a cut-over.",
        "mailweir scan --summary ~/Maildir\nmailweir scan --jsonl message.eml"},
    Noun{"sink", "a small internal server for trials",
         "Takes every message into a Maildir. Never let the internet reach it.",
         "mailweir sink --listen 127.0.0.1:2526 --maildir /tmp/maildir"},
    Noun{"domain", "what the DNS says of a domain",
         "`check` compares MX, PTR, SPF, DKIM, DMARC and MTA-STS records of one of your domains "
         "with the "
         "configuration. `organizational` prints the registered domain above a name.",
         "mailweir domain check example.jp"},
    Noun{"auth", "SPF, DKIM, ARC and DMARC of one message",
         "What sender authentication says of a message file, with the client's address as given."},
    Noun{"dkim", "keys that sign outgoing mail",
         "`keygen` makes a key and prints the record to publish, `dns` prints the records of the "
         "configured keys, `sign` signs a message file.",
         "mailweir dkim keygen --domain example.jp --selector s1 --key /etc/mailweir/s1.pem"},
    Noun{"audit", "what administrators did",
         "Releases, deletions, changed lists, reloads, bodies that were looked at: kept for "
         "`store.keep_audit`, and never changed."},
    Noun{
        "backup", "make, check and restore backups",
        "A backup is one file, mailweir-TIME.tar.zst: queue and quarantine with all bodies, lists, "
        "audit, accounts, history, what was learnt, policy, settings of the pages, feeds and the "
        "configuration. Private keys and passwords are in it only where "
        "`backup.passphrase_file` names a passphrase, and sealed by it (argon2id, "
        "XChaCha20-Poly1305). It is a tar archive compressed by zstd; its member SHA256SUMS has "
        "the sum of every other one, and a file without it is not whole. A backup gets its name "
        "only after it was written, synced and read back.\n\n"
        "The running gateway makes one every night where `backup.to` names a folder, and `create` "
        "asks it for one; without a gateway `create` makes it itself. Mail flows meanwhile. "
        "Before an upgrade of its databases the gateway always makes one, with the mark "
        "-before-upgrade.\n\n"
        "`verify` reads the whole file, compares every sum and looks into every database; it "
        "touches no data directory. `restore` verifies first, then puts the backup in the place "
        "of what is there, all at once: a crash leaves the old state or the new one. With "
        "`--dry-run` it looks into everything and changes nothing, while a gateway runs, too. "
        "What was "
        "there stays in the folder before-restore-TIME of the data directory until somebody "
        "removes it. The gateway must not run. Mail of the queue that was delivered since the "
        "backup is delivered again; with `--hold-queue` it comes into the quarantine instead.",
        "mailweir backup create\n"
        "mailweir backup verify /var/backups/mailweir/mailweir-20260101T030000Z.tar.zst\n"
        "mailweir backup restore --dry-run FILE\n"
        "systemctl stop 'mailweir*.socket' mailweir.service\n"
        "mailweir backup restore --only lists,accounts FILE\n"
        "systemctl start mailweir-smtp.socket mailweir.service"},
    Noun{"mime", "the structure of a message", "How Mailweir reads the parts of a message."},
    Noun{"learn", "teach what is spam and what is not",
         "Teaches the layers `classifier` and `fingerprint` with messages or with ids of mail of "
         "the last days (`learning.keep`). The classifier is silent before it knows 200 of each "
         "kind.",
         "mailweir learn spam ~/Maildir/.Junk\nmailweir learn ham 06E5Z8Q3K9V1T"},
    Noun{"unlearn", "take lessons back", "By the ids that `mailweir-learn`(1) printed."},
    Noun{
        "evaluate", "how well the classifier would learn",
        "Judges messages with known labels in order, learning each after it was judged, in a model "
        "of its own that is thrown away.",
        "mailweir evaluate --index labels.txt"},
    Noun{
        "report", "reports that others write about our mail",
        "`dmarc` reads aggregate reports as they come attached (XML, gzip, zip) and sums them up: "
        "which address sends in a domain's name, and whether SPF or DKIM prove it. What nothing "
        "proves stands first.\n\n"
        "Reports that come by mail to addresses of the layer `reports` (`mailweir layers reports`) "
        "are read by the gateway: `sources` sums up DMARC reports by day, domain and address, "
        "`tls` "
        "TLS reports; `abuse` lists mail of ours that others called spam, with its account, and "
        "the alias or list that sent it on. "
        "`received` lists what came, and what was wrong with it.",
        "mailweir report sources --since '7 days' --domain example.org\n"
        "mailweir report dmarc *.xml.gz"},
    Noun{
        "account", "accounts that send, and the brake on them",
        "Who sends far more than usual is slowed down, held and at last locked "
        "(`mailweir layers habit`): `list` shows them and why. `release` lets one go, and what it "
        "did "
        "so far is usual from then on; `exempt` keeps the brake off for a time; `lock` pulls it by "
        "hand. `list --gone` shows accounts that sent and that the recipient check (a directory, a "
        "list, the internal server) or the directory of sign-in no longer knows, `list --silent` "
        "those that sent nothing for long: confirm them with their owners, or close them. "
        "BOUNCES and AGAIN count the mail of the last 30 days that came back, and how often "
        "the account wrote to those addresses afterwards: so does who reads no bounces.\n\n"
        "`forwarding` lists the addresses whose mail goes on to others outside, how much of it, "
        "and "
        "how much of that was spam. `dead` lists the addresses outside that refused all mail for "
        "days, and who keeps writing to them; `revive` forgets one. "
        "`lists` tells what is careless about lists and aliases: members that are dead, outside, "
        "missing or reached twice, lists of which nothing passed here for long, and moderators who "
        "let notices wait, by files and groups of a directory (`mailweir layers rosters`), and "
        "else "
        "inferred from mail "
        "that was seen. `pairs` shows which accounts send under which addresses without "
        "anything that says they may; `approve` lets one, for the layer `sender` with `approval`.",
        "mailweir account list\nmailweir account release ann\n"
        "mailweir account exempt newsletter@example.jp --for '2 h'\nmailweir account forwarding"},
    Noun{"fingerprints", "spam that is known by its fingerprint",
         "What was reported here; `export` and `import` share it with other nodes."},
    Noun{
        "update", "signed lists, rules and models of others",
        "Looks for new versions of the feeds of `update.sources` and puts them in use, whole or "
        "not at all; `rollback` goes back to the one before. `keygen` and `sign` are for those who "
        "publish a feed.",
        "mailweir update\nmailweir update list\nmailweir update rollback NAME"},
    Noun{"rules", "tests in the language of SpamAssassin",
         "The rules that ship with Mailweir, yours and those that a feed brought: what they are, "
         "what of a file does not work, which of them hit a message, what they cost. `test` "
         "without a message tries the rules of a file on the held mail of the running gateway, "
         "and those that look at From, Subject or Message-ID on its history.",
         "mailweir rules check\nmailweir rules test message.eml\n"
         "mailweir rules test --rules new.cf --days 14"},
    Noun{
        "user", "accounts of the pages",
        "Accounts, their roles and passwords. A user sees their own mail; helpdesk sees headers of "
        "a domain, never bodies; a domain's administrator their domains; an auditor reads only; an "
        "administrator may do all."},
};
}

const Noun* find_noun(std::string_view name)
{
    const auto found = std::ranges::find(nouns, name, &Noun::name);
    return found == nouns.end() ? nullptr : &*found;
}
}
