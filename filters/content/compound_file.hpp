// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// OLE storage (MS-CFB): storages and streams in sectors chained by a table. Every chain is
/// followed with a count, so that loops end; what lies outside of the file is left out.
class CompoundFile {
public:
    struct Entry {
        std::string name; ///< UTF-8; of "\x05SummaryInformation" and the like with the control
        bool is_stream = false;
        std::uint32_t start = 0;
        std::uint64_t size = 0;
        std::uint32_t number = 0, storage = 0; ///< its own, and of the storage it is in; root: 0
    };
    static constexpr std::size_t entry_limit = 16'384;

    /// nullopt: it is none. The view must live as long as the object.
    static std::optional<CompoundFile> parse(std::string_view bytes);
    const std::vector<Entry>& entries() const { return entries_; }
    /// There are more entries than `entry_limit`, which are not among them.
    bool is_cut() const { return is_cut_; }
    /// The stream's octets, at most `limit`; as far as they are there.
    std::string read(const Entry& entry, std::size_t limit) const;

private:
    explicit CompoundFile(std::string_view bytes) : bytes_{bytes} { }
    bool read_header();
    void read_entries();
    void find_storages(std::string_view directory);
    std::string_view sector(std::uint32_t number) const;
    std::string chain(std::uint32_t start, std::uint64_t size) const;
    std::string small_chain(std::uint32_t start, std::uint64_t size) const;

    std::string_view bytes_;
    std::size_t sector_size_ = 512;
    std::uint32_t cutoff_ = 4096; ///< smaller streams are in the root's stream
    std::vector<std::uint32_t> table_, small_table_;
    std::string small_sectors_;
    std::vector<Entry> entries_;
    bool is_cut_ = false;
};
}
