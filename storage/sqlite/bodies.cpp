// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/bodies.hpp"

#include "storage/sqlite/compression.hpp"
#include "storage/sqlite/destination.hpp"

#include <memory>
#include <stdexcept>
#include <xxhash.h>

namespace storage::sqlite {
namespace {
constexpr std::size_t sample_size = 16 * 1024;

std::uint64_t checksum_of(const mail::Message& message)
{
    if (message.chunks().size() == 1)
        return XXH3_64bits(message.chunks()[0].view().data(), message.size());
    const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state{XXH3_createState(),
                                                                                &XXH3_freeState};
    XXH3_64bits_reset(state.get());
    for (const auto& chunk : message.chunks())
        XXH3_64bits_update(state.get(), chunk.view().data(), chunk.size());
    return XXH3_64bits_digest(state.get());
}

/// Bytes from the middle, where an attachment would be.
std::string_view sample_of(const mail::Message& message)
{
    std::size_t passed = 0;
    for (const auto& chunk : message.chunks()) {
        const auto middle = message.size() / 2;
        if (passed + chunk.size() > middle)
            return chunk.view().substr(middle - passed, sample_size);
        passed += chunk.size();
    }
    return {};
}

/// Whether a look at a few bytes promises that compressing pays.
bool is_compressible(const mail::Message& message)
{
    if (message.size() <= 2 * sample_size)
        return message.size() > 0;
    const auto sample = sample_of(message);
    return compressed(sample).size() < sample.size() - sample.size() / 20;
}

std::string joined(const mail::Message& message)
{
    std::string bytes;
    bytes.reserve(message.size());
    for (const auto& chunk : message.chunks())
        bytes += chunk.view();
    return bytes;
}
}

Bodies::Bodies(std::string directory, Files& files, std::uint64_t inline_limit)
    : directory_{std::move(directory)}, files_{files}, inline_limit_{inline_limit}
{ }

PackedBody Bodies::pack(mail::MailId id, const mail::Message& message)
{
    PackedBody body;
    body.size = message.size();
    body.dots = message.dots();
    body.checksum = checksum_of(message);
    body.is_file = message.size() > inline_limit_;
    body.is_compressed = is_compressible(message);
    if (body.is_file) {
        pack_file(body, id, message);
        return body;
    }
    body.bytes = joined(message);
    if (body.is_compressed) {
        auto smaller = compressed(body.bytes);
        body.is_compressed = smaller.size() < body.bytes.size();
        if (body.is_compressed)
            body.bytes = std::move(smaller);
    }
    body.stored = body.bytes.size();
    return body;
}

void Bodies::pack_file(PackedBody& body, mail::MailId id, const mail::Message& message)
{
    files_.create(directory_, id.to_string(), [&](const Files::Write& write) {
        const auto counted = [&](std::string_view bytes) {
            body.stored += bytes.size();
            write(bytes);
        };
        if (!body.is_compressed) {
            for (const auto& chunk : message.chunks())
                counted(chunk.view());
            return;
        }
        Compressor compressor{counted};
        for (const auto& chunk : message.chunks())
            compressor.add(chunk.view());
        compressor.finish();
    });
}

mail::Message Bodies::unpack(mail::MailId id, const PackedBody& body)
{
    Destination destination{directory_, body.size};
    Decompressor decompressor{destination.room()};
    const auto take = [&](std::string_view bytes) {
        body.is_compressed ? decompressor.add(bytes) : decompressor.copy(bytes);
    };
    if (body.is_file)
        files_.read(path(id), take);
    else
        take(body.bytes);
    if (decompressor.filled() != body.size
        || XXH3_64bits(destination.room().data(), body.size) != body.checksum)
        throw std::runtime_error{"the stored message " + id.to_string() + " is damaged"};
    std::vector<mail::Chunk> chunks;
    chunks.push_back(destination.release());
    return mail::Message{std::move(chunks), body.dots};
}

void Bodies::remove(mail::MailId id) { files_.remove(path(id)); }

std::size_t Bodies::sweep(const std::function<std::set<mail::MailId>()>& kept)
{
    const auto names = files_.names(directory_);
    const auto wanted = kept();
    std::size_t removed = 0;
    for (const auto& name : names) {
        const auto id = mail::MailId::parse(name);
        if (!id || wanted.contains(*id))
            continue;
        remove(*id);
        ++removed;
    }
    return removed;
}

std::string Bodies::path(mail::MailId id) const { return directory_ + "/" + id.to_string(); }
}
