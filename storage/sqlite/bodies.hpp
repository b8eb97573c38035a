// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/id.hpp"
#include "gateway/mail/message.hpp"
#include "storage/files.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace storage::sqlite {
/// A message's bytes as they are kept: zstd where that is smaller, in the database or, beyond the
/// inline limit, in a file named by the id.
struct PackedBody {
    std::uint64_t size = 0; ///< of the message
    std::uint64_t stored = 0; ///< of what is kept
    mail::Dots dots = mail::Dots::plain;
    bool is_compressed = false;
    bool is_file = false;
    std::uint64_t checksum = 0; ///< XXH3-64 of the message
    std::string bytes; ///< empty when in a file
};

/// Turns messages into kept bytes and back. Blocking; safe from all threads.
class Bodies {
public:
    Bodies(std::string directory, Files& files, std::uint64_t inline_limit);
    /// A large body's file is durable when this returns. Throws std::system_error.
    PackedBody pack(mail::MailId id, const mail::Message& message);
    /// Throws std::runtime_error when bytes are missing or damaged.
    mail::Message unpack(mail::MailId id, const PackedBody& body);
    void remove(mail::MailId id);
    /// Removes the files of all mails but those that `kept` names, asked after the folder was
    /// read; returns how many.
    std::size_t sweep(const std::function<std::set<mail::MailId>()>& kept);

private:
    void pack_file(PackedBody& body, mail::MailId id, const mail::Message& message);
    std::string path(mail::MailId id) const;
    std::string directory_;
    Files& files_;
    std::uint64_t inline_limit_;
};
}
