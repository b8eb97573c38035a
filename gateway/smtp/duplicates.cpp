// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/duplicates.hpp"

#include <spdlog/spdlog.h>

namespace smtp {
namespace {
using namespace std::chrono_literals;
using Earlier = storage::DedupeJournal::Earlier;
constexpr auto remembered = 24h;
constexpr auto intent_step = 50ms;
constexpr std::size_t hash_step = 64 * 1024;

std::vector<std::string> recipient_keys(const mail::Mail& mail)
{
    std::vector<std::string> keys;
    for (const auto& recipient : mail.recipients)
        keys.push_back(recipient.address.key());
    std::ranges::sort(keys);
    return keys;
}
}

namespace {
net::awaitable<void> hash_body(storage::TransactionHasher& hasher, const mail::Message& message)
{
    std::size_t skip = message.body_offset();
    std::size_t since_yield = 0;
    for (const auto& chunk : message.chunks()) {
        auto bytes = chunk.view();
        bytes.remove_prefix(std::min(skip, bytes.size()));
        skip -= std::min(skip, chunk.size());
        while (!bytes.empty()) {
            const auto piece = bytes.substr(0, hash_step);
            hasher.update(piece);
            bytes.remove_prefix(piece.size());
            since_yield += piece.size();
            if (since_yield < hash_step)
                continue;
            since_yield = 0;
            co_await net::yield();
        }
    }
}
}

net::awaitable<storage::TransactionHash> transaction_hash(Context& context, const mail::Mail& mail)
{
    const auto& header = mail.message.header();
    const auto* message_id = header.find("Message-ID");
    const auto* date = header.find("Date");
    if (!message_id || !date)
        co_return storage::TransactionHash{};
    storage::TransactionHasher hasher{context.secret};
    hasher.envelope(mail.client.ip.network(mail.client.ip.is_v4() ? 24 : 48), mail.sender,
                    recipient_keys(mail));
    hasher.update(message_id->value);
    hasher.update(date->value);
    co_await hash_body(hasher, mail.message);
    co_return hasher.finish();
}

net::awaitable<storage::TransactionHash> copy_hash(Context& context, const mail::Message& message)
{
    const auto& header = message.header();
    const auto* message_id = header.find("Message-ID");
    const auto* date = header.find("Date");
    const auto* from = header.find("From");
    if (!message_id || mail::unfold(message_id->value).empty() || !date)
        co_return storage::TransactionHash{};
    storage::TransactionHasher hasher{context.secret};
    for (const auto* field : {message_id, date, from}) // devices have one Message-ID for all
        hasher.update(field ? mail::unfold(field->value) : std::string{});
    co_await hash_body(hasher, message);
    co_return hasher.finish();
}

storage::TransactionHash copy_for(const Context& context, const storage::TransactionHash& copy,
                                  const mail::Mailbox& recipient)
{
    storage::TransactionHasher hasher{context.secret};
    hasher.update({reinterpret_cast<const char*>(copy.data()), copy.size()});
    hasher.update(recipient.key());
    return hasher.finish();
}

net::awaitable<std::optional<mail::MailId>>
earlier_delivery(Context& context, storage::TransactionHash hash,
                 std::chrono::steady_clock::time_point deadline)
{
    const auto now = context.env->wall_now();
    Earlier earlier = context.dedupe->find(hash, now);
    while (earlier.state == Earlier::State::intent && earlier.is_ours
           && context.env->now() < deadline) {
        co_await net::sleep(intent_step);
        earlier = context.dedupe->find(hash, now);
    }
    if (earlier.state == Earlier::State::delivered)
        co_return earlier.id;
    if (earlier.state != Earlier::State::intent)
        co_return std::nullopt;
    // The process died between the intent and its result: the store knows whether it was committed.
    const auto stored = co_await context.store->find(hash, now - remembered);
    if (!stored)
        spdlog::warn("{}: possible duplicate: an earlier attempt ended without a result",
                     earlier.id.to_string());
    co_return stored;
}
}
