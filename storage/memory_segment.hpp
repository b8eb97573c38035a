// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace storage {
/// What is kept of one recipient's copy of a mail that came in, or of one that began here: hashes
/// under the installation's secret, and what was thought of it. 0: a hash that could not be made.
struct RememberedMail {
    std::uint64_t message_id = 0; ///< of the Message-ID
    std::uint64_t body = 0; ///< of the text, white space and lines of forwarders left out
    std::uint64_t chain
        = 0; ///< of the Received fields it came with; of its author, where it began here
    std::array<std::uint32_t, 4> bands{}; ///< of the sketch of its text: alike in one, alike
    std::uint64_t recipient = 0; ///< of the mailbox it was for; of its sender, where it began here
    std::uint64_t mail = 0; ///< mail::MailId
    std::uint32_t time = 0; ///< seconds since 1970
    std::uint8_t verdict = 0; ///< mail::Action
    std::uint8_t marks = 0;
    std::uint16_t check = 0; ///< set by the segment
    bool operator==(const RememberedMail&) const = default;
};
static_assert(sizeof(RememberedMail) == 64);

/// A file of such records and a table of where each hash stands, mapped: memory holds the pages
/// that are looked at, and the system takes them back. The table is made from the records where it
/// is not whole. One thread at a time.
class MemorySegment {
public:
    static constexpr std::size_t largest = (1U << 20) - 1;
    /// Opens or makes `path` and `path`.index; room for `capacity` records where it is new. Throws
    /// std::system_error. What is damaged is left out.
    MemorySegment(const std::string& path, std::size_t capacity);
    ~MemorySegment();
    MemorySegment(const MemorySegment&) = delete;
    MemorySegment& operator=(const MemorySegment&) = delete;

    /// False when it is full.
    bool add(RememberedMail mail);
    /// Newest first, those that share a hash with `like`: the newest few of each hash.
    void find(const RememberedMail& like,
              const std::function<void(const RememberedMail&)>& take) const;
    std::size_t size() const { return header().count; }
    bool is_full() const { return header().count == header().capacity; }
    std::uint32_t newest() const { return header().newest; }
    /// Octets on disk.
    std::size_t bytes() const { return records_.size() + index_.size(); }
    static void remove(const std::string& path);

private:
    struct Header {
        std::array<char, 16> name;
        std::uint32_t version, capacity, count, newest;
        std::uint32_t indexed; ///< records the table knows
        std::array<std::uint32_t, 7> unused;
    };
    static_assert(sizeof(Header) == 64);
    /// Slots: 20 bits a record's number and one, 12 bits of its hash; 0: empty.
    using Slots = std::span<std::uint32_t>;
    static constexpr std::size_t kinds = 6; // message_id, body, four bands
    static std::uint64_t hash_of(const RememberedMail& mail, std::size_t kind);

    Header& header() const { return *reinterpret_cast<Header*>(records_.data()); }
    RememberedMail& record(std::size_t number) const;
    Slots slots() const;
    void index(std::size_t number);
    void put(std::size_t number, std::size_t kind);
    /// The slots of a hash, in the order they were filled, up to the first empty one.
    template <class Take> void walk(std::uint64_t hash, std::size_t kind, Take take) const;

    std::span<char> records_, index_; // mappings
};
}
