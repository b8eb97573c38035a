// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/verification.hpp"

#include "gateway/smtp/alias_files.hpp"
#include "gateway/smtp/aliases.hpp"
#include "gateway/smtp/ldap_recipients.hpp"
#include "gateway/smtp/pool.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <unordered_map>

namespace smtp {
namespace {
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock::time_point;
using Deadline = Client::Deadline;
using Answer = filters::RecipientVerifier::Answer;
using Result = filters::RecipientVerifier::Result;
constexpr std::size_t shard_count = 16;
constexpr std::size_t shard_capacity = 16'384;
constexpr auto known_fresh = 1h;
constexpr auto known_usable = 24h; // while the internal server is unavailable (promise §5)
constexpr auto unknown_fresh = 15min;
constexpr auto refused_fresh = 1min; // a full mailbox may be emptied
constexpr auto file_check = 10s;
constexpr unsigned most_ended = 20; // kept connections that ended meanwhile

struct Entry {
    Result result;
    Steady at;
};

Steady::duration freshness(Answer answer)
{
    return answer == Answer::known  ? Steady::duration{known_fresh}
        : answer == Answer::refused ? Steady::duration{refused_fresh}
                                    : Steady::duration{unknown_fresh};
}

/// What the server's final reply to RCPT means. A 5xx says that nobody is there only if it says so
/// (5.1.x, 5.2.1: RFC 3463) or gives no reason beside the code that RFC 5321 has for it.
Result meaning_of(const mail::Reply& reply)
{
    if (reply.is_positive())
        return {Answer::known, reply.text};
    const std::string_view enhanced = reply.enhanced;
    const bool is_unknown = enhanced.empty()
        ? reply.code == 550 || reply.code == 551 || reply.code == 553
        : enhanced.starts_with("5.1.") || enhanced == "5.2.1";
    if (is_unknown)
        return {Answer::unknown, reply.text};
    const std::string_view plain = reply.code == 552 ? "2.2" : "0.0";
    return {Answer::refused, reply.text,
            std::string{enhanced.starts_with("5.") ? enhanced.substr(2) : plain}};
}

/// What one connection answered.
struct Asked {
    mail::Reply reply;
    bool has_ended_kept = false; ///< it was kept from earlier, and the server was done with it
};

/// Who is asked, and for what; not how long it may take.
std::size_t identity_of(const DomainSettings& domain)
{
    std::string text;
    if (const auto& ldap = domain.recipients.ldap) {
        for (const auto& server : ldap->directory.servers)
            text += server + '\n';
        for (const auto* part :
             {&ldap->directory.bind_dn, &ldap->base, &ldap->filter, &ldap->canonical})
            text += *part + '\n';
    } else if (domain.route) {
        text = std::to_string(domain.route->identity());
    }
    return std::hash<std::string>{}(text);
}

/// An answer counts for the source that gave it: after a reload that names another, that is asked.
std::string cache_key(const DomainSettings& domain, const mail::Mailbox& owner)
{
    return owner.key() + '\n' + std::to_string(identity_of(domain));
}

/// Part of the cache with a lock of its own; when it is full, all of it is forgotten.
struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Entry> entries;
};

/// The addresses of one file, one a line, lower case; "#" at the beginning or behind a blank begins
/// a comment.
struct AddressFile {
    std::set<std::string, std::less<>> keys;
    bool is_readable = false;
};

AddressFile read_addresses(const std::string& path)
{
    AddressFile file;
    file.is_readable = why_unreadable(path).empty();
    std::ifstream in{path};
    std::string raw;
    for (bool is_first = true; std::getline(in, raw); is_first = false) {
        const auto line = content_of_line(raw, is_first);
        if (line.empty())
            continue;
        if (const auto address = mail::Mailbox::parse(line))
            file.keys.insert(address->key());
    }
    // One without any is just being written, or a mistake: nobody is refused for it.
    file.is_readable = file.is_readable && !in.bad() && !file.keys.empty();
    return file;
}
}

std::string why_unreadable(const std::string& path)
{
    std::error_code error;
    if (std::filesystem::is_directory(path, error))
        return path + ": is a directory";
    errno = 0;
    return std::ifstream{path} ? "" : path + ": " + std::strerror(errno);
}

struct Verifier::State {
    explicit State(Context& c) : context{c}, aliases{c} { }

    std::optional<Entry> cached(const std::string& key);
    void remember(const std::string& key, Entry entry);
    net::awaitable<Result> look_in_file(std::string path, std::string key);
    net::awaitable<Asked> ask(std::shared_ptr<const Route> route, mail::Mailbox address,
                              Deadline deadline);
    net::awaitable<Result> call_out(std::shared_ptr<const Route> route, mail::Mailbox address,
                                    std::string key);
    net::awaitable<Result> look_in_directory(std::shared_ptr<const LdapRecipients> source,
                                             mail::Mailbox address, std::string key);
    Result instead_of(Result unavailable, const std::string& key);
    Resolved resolved(const Settings& settings, const mail::Mailbox& address) const
    {
        if (!settings.has_aliases)
            return {address};
        return resolve(settings, address, [this](const DomainSettings& domain) {
            return domain.aliases.empty() ? nullptr : aliases.at_hand(domain.aliases);
        });
    }
    /// Its file of aliases could never be read: who is unknown may be an alias.
    bool is_unsure(const DomainSettings& domain) const
    {
        return !domain.aliases.empty() && !aliases.at_hand(domain.aliases);
    }
    std::optional<Result> at_hand(const DomainSettings& domain, const mail::Mailbox& owner);

    Context& context;
    AliasFiles aliases;
    std::array<Shard, shard_count> shards;
    std::mutex files_mutex; // guards files
    struct Loaded {
        std::shared_ptr<const AddressFile> file;
        Steady at;
    };
    std::map<std::string, Loaded> files;
};

Verifier::Verifier(Context& context) : state_{std::make_unique<State>(context)} { }
Verifier::~Verifier() = default;

std::optional<Entry> Verifier::State::cached(const std::string& key)
{
    Shard& shard = shards[std::hash<std::string>{}(key) % shard_count];
    const std::scoped_lock lock{shard.mutex};
    const auto found = shard.entries.find(key);
    return found == shard.entries.end() ? std::nullopt : std::optional{found->second};
}

void Verifier::State::remember(const std::string& key, Entry entry)
{
    Shard& shard = shards[std::hash<std::string>{}(key) % shard_count];
    const std::scoped_lock lock{shard.mutex};
    if (shard.entries.size() >= shard_capacity)
        shard.entries.clear();
    shard.entries[key] = std::move(entry);
}

std::optional<Result> Verifier::known(const mail::Mailbox& address)
{
    const auto snapshot = state_->context.snapshot();
    const auto [owner, is_alias] = state_->resolved(snapshot->settings, address);
    if (is_alias)
        return Result{Answer::known, {}};
    const auto found = snapshot->settings.domains.find(owner.domain().ascii());
    if (found == snapshot->settings.domains.end())
        return Result{Answer::unchecked, {}};
    return state_->at_hand(found->second, owner);
}

std::optional<Result> Verifier::State::at_hand(const DomainSettings& domain,
                                               const mail::Mailbox& owner)
{
    using Kind = RecipientSource::Kind;
    if (domain.recipients.kind == Kind::any)
        return Result{Answer::unchecked, {}};
    if (domain.recipients.kind == Kind::file || is_unsure(domain))
        return std::nullopt;
    const auto entry = cached(cache_key(domain, owner));
    if (!entry || context.env->now() - entry->at > freshness(entry->result.answer))
        return std::nullopt;
    return entry->result;
}

net::awaitable<mail::Mailbox> Verifier::owner(mail::Mailbox address)
{
    const auto snapshot = state_->context.snapshot();
    const auto& settings = snapshot->settings;
    if (!settings.alias_files.empty())
        co_await state_->aliases.refresh(settings.alias_files);
    auto owner = state_->resolved(settings, address).owner;
    const auto domain = settings.domains.find(owner.domain().ascii());
    const bool has_canonical = domain != settings.domains.end() && domain->second.recipients.ldap
        && !domain->second.recipients.ldap->canonical.empty();
    if (!has_canonical)
        co_return owner;
    const auto result = co_await verify(owner);
    const bool is_ours
        = result.canonical && settings.domains.contains(result.canonical->domain().ascii());
    co_return is_ours ? *result.canonical : owner;
}

net::awaitable<Result> Verifier::verify(mail::Mailbox address)
{
    if (auto result = known(address))
        co_return *result;
    const auto snapshot = state_->context.snapshot();
    address = state_->resolved(snapshot->settings, address).owner;
    const auto found = snapshot->settings.domains.find(address.domain().ascii());
    if (found == snapshot->settings.domains.end())
        co_return Result{Answer::unchecked, {}}; // it left with a reload just now
    const auto& domain = found->second;
    if (state_->is_unsure(domain))
        co_return Result{Answer::unavailable, "the file of aliases cannot be read"};
    if (domain.recipients.kind == RecipientSource::Kind::file)
        co_return co_await state_->look_in_file(domain.recipients.file, address.key());
    std::string key = cache_key(domain, address);
    if (domain.recipients.kind == RecipientSource::Kind::ldap)
        co_return co_await state_->look_in_directory(domain.recipients.ldap, std::move(address),
                                                     std::move(key));
    co_return co_await state_->call_out(domain.route, std::move(address), std::move(key));
}

net::awaitable<Result> Verifier::State::look_in_file(std::string path, std::string key)
{
    const auto now = context.env->now();
    std::shared_ptr<const AddressFile> file;
    {
        const std::scoped_lock lock{files_mutex};
        const auto found = files.find(path);
        const bool is_due = found != files.end() && now - found->second.at >= file_check;
        if (is_due)
            found->second.at = now; // the others take it as it was
        else if (found != files.end())
            file = found->second.file;
    }
    if (!file) {
        auto read = [path] { return std::make_shared<const AddressFile>(read_addresses(path)); };
        file = co_await context.pool->run(std::move(read));
        const std::scoped_lock lock{files_mutex};
        files[path] = {file, now};
    }
    if (!file->is_readable)
        co_return Result{Answer::unavailable,
                         "the file of recipients cannot be read or names none"};
    co_return Result{file->keys.contains(key) ? Answer::known : Answer::unknown, {}};
}

net::awaitable<Asked> Verifier::State::ask(std::shared_ptr<const Route> route,
                                           mail::Mailbox address, Deadline deadline)
{
    auto lease = co_await Pool::current().acquire(std::move(route), deadline);
    if (!lease)
        co_return Asked{lease.error()};
    const auto reply = co_await lease->client().verify(address, deadline);
    const bool has_failed = reply.enhanced == "4.4.2";
    const bool is_ended = has_failed || reply.code == 421;
    if (is_ended && lease->is_used() && context.env->now() < deadline)
        co_return Asked{reply, true};
    lease->report(has_failed ? reply.text : "");
    if (!is_ended)
        lease->mark_reusable();
    co_return Asked{reply};
}

net::awaitable<Result> Verifier::State::call_out(std::shared_ptr<const Route> route,
                                                 mail::Mailbox address, std::string key)
{
    const auto deadline = context.env->now() + context.snapshot()->settings.delivery.reply;
    auto asked = co_await ask(route, address, deadline);
    // A server may end a kept connection whenever it likes; that says nothing about the address.
    // More than one may have been kept as long.
    for (unsigned again = 0; asked.has_ended_kept && again < most_ended; ++again)
        asked = co_await ask(route, address, deadline);
    const mail::Reply& reply = asked.reply;
    if (reply.is_positive() || reply.is_permanent()) {
        Result result = meaning_of(reply);
        remember(key, {result, context.env->now()});
        co_return result;
    }
    co_return instead_of({Answer::unavailable, reply.text}, key);
}

net::awaitable<Result>
Verifier::State::look_in_directory(std::shared_ptr<const LdapRecipients> source,
                                   mail::Mailbox address, std::string key)
{
    Result result
        = co_await ask_directory(*context.directories, std::move(source), std::move(address));
    if (result.answer == Answer::unavailable)
        co_return instead_of(std::move(result), key);
    remember(key, {result, context.env->now()});
    co_return result;
}

/// Nobody could be asked: what was known within a day still counts.
Result Verifier::State::instead_of(Result unavailable, const std::string& key)
{
    auto old = cached(key);
    const bool is_usable
        = old && old->result.answer == Answer::known && context.env->now() - old->at < known_usable;
    return is_usable ? std::move(old->result) : std::move(unavailable);
}
}
